// A job: a task with its arguments, state and result, as a handle in any process.
import { checkNewJob } from './placing.js';
import { annotateStored } from './annotations.js';
import { notAJob, unlessTask } from './task-as-job.js';
import { BadStatusError, InvalidArgumentError } from '../errors.js';
import type { Failure } from '../codec/failure.js';
import { addToStored } from './add-callback.js';
import { requirePlace, stateOf } from './handle-data.js';
import { changeNew, giveCallback } from './handle-places.js';
import { JobFacts } from './job-facts.js';
import { allCallbacksOf, childrenOf, parentOf } from './relatives.js';
import { setNewOptions, updateJob } from './update-job.js';
import { callbackDefaults } from './process-defaults.js';
import { checkPicks, PICK_DEFAULTS } from './job-callbacks.js';
import { cancelStored, retryStored } from './job-changes.js';
import type { JobOptions } from '../model/job-options.js';
import type { JobUpdate } from '../model/job-update.js';
import { checkKeyOfOwned } from '../model/key-options.js';
import { PICK_CALLBACK } from '../lib/names.js';
import { checkOptions } from '../lib/unknown-options.js';

/** Arguments of any types. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a job of any arguments takes the place of any job, and the other way round
export type AnyArgs = any[];

/**
 * A task in the place of a job of it. `Rest`: the arguments that the job gets later; none is bound.
 */
export interface BareTask<R = unknown, Rest extends unknown[] = []> {
  readonly name: string;
  job(): Job<R, Rest>;
}

/** Two callbacks; which of them runs depends on the result. */
export interface CallbackPicks<R, S = unknown, F = unknown> {
  /** A new job that gets the value as its last argument. */
  success?: Job<S, [R]> | BareTask<S, [R]>;
  /** A new job that gets the Failure as its last argument. */
  failure?: Job<F, [Failure]> | BareTask<F, [Failure]>;
}

/**
 * The handle of a job. Its id is a UUID v7, made with the handle, so that a put can be repeated.
 * `Rest`: the types of the arguments that are bound later, such as those of a postprocess.
 */
export class Job<R = unknown, Rest extends unknown[] = AnyArgs> extends JobFacts<R> {
  /** Marks the type of the result. */
  declare protected readonly resultType?: R;
  /** Marks the types of the arguments that are bound later. */
  declare protected readonly restType?: (...rest: Rest) => void;

  /**
   * The job that this one is a part, a postprocess or a callback of, or that has returned it. Known
   * after `get`, `jobs` and `refresh`; undefined where there is none, or it was removed. The handle
   * of a callback that was added in this process knows it from then on.
   */
  get parent(): Job | undefined {
    return parentOf(this) as Job | undefined;
  }

  /**
   * The jobs that this one waits for. Those that belong to it, as parts belong to a composite, are
   * known with its arguments. Others, such as a job that its task has returned, are known after
   * `get`, `jobs` and `refresh`, where they are up to about a hundred.
   */
  get children(): readonly Job[] {
    return childrenOf(this) as Job[];
  }

  /**
   * The callbacks in the order of their addition (J7): those that this handle was given while the
   * job was new, and those of any process after `get`, `jobs` and `refresh`.
   */
  get callbacks(): readonly Job[] {
    return allCallbacksOf(this) as Job[];
  }

  /**
   * Sets options of a new job, such as a part of a composite, and returns it.
   * @throws BadStatusError after the put; InvalidArgumentError, which names the wrong option
   */
  with(options: JobOptions): this {
    const state = stateOf(this);
    if (state.kind === 'placed')
      throw new BadStatusError(`job ${this.id} was put already: its options are fixed`);
    checkOptions('with', options);
    setNewOptions(this, state, options);
    return this;
  }

  /**
   * Changes arguments and options of a job that is pending, due or not, or whose turn has not come
   * (Q12). Options that are left out stay, and `null` removes one. Arguments can be changed until
   * its first run. With `beginAfter: 0` a delayed job is due now, at the tail of its queue; a time
   * to come delays it, and a `beginBy` counts anew. With another priority it goes behind the others
   * of that. Otherwise it keeps its place, also in its quotas and rate limits. It keeps its lane
   * and its key. If a dispatcher claims the job at the same time, either it runs with the changes,
   * or this throws.
   * @returns the handle, which shows the changes
   * @throws BadStatusError while it runs, once it has its result, where it is not stored, and for
   *   `args` after its first run; SerializationError for arguments that cannot be stored;
   *   UnknownQuotaError; InvalidArgumentError, which names the option that is wrong. Nothing is
   *   changed then
   */
  async update(changes: JobUpdate): Promise<this> {
    await updateJob(this, changes);
    return this;
  }

  /**
   * Adds a callback: a new job whose last argument is the result of this one, the value or the
   * Failure (J7). Callbacks run in the order in which they were added, after the result is stored
   * and before this job has completed. On a completed job a callback runs at once. The result of a
   * callback does not change this job. A task stands for a job of it. Without options of its own a
   * callback is retried by `RetryCommonForever`, and its failure is logged at `fatal`.
   * @returns the callback, to which callbacks can be added too
   * @throws BadStatusError where the callback was put, or belongs to another job, or this job is
   *   not stored any more; SerializationError for arguments of the callback that cannot be stored;
   *   InvalidArgumentError where it is neither a job nor a task
   */
  async addCallback<C, J extends Job<C, [R | Failure]> = Job<C, [R | Failure]>>(
    callback: J,
  ): Promise<J>;
  async addCallback<C>(callback: BareTask<C, [R | Failure]>): Promise<Job<C>>;
  async addCallback(what: Job | BareTask<unknown, [R | Failure]>): Promise<Job> {
    const callback = this.#givable(what, 'a callback');
    const state = stateOf(this);
    if (state.kind === 'placed') await addToStored(this, callback, state);
    else giveCallback(this, callback);
    return callback;
  }

  /**
   * Adds a callback that runs one of two jobs (J7): `success` gets the value as its last argument,
   * `failure` the Failure. The other one never runs. If the one to run is absent, the result passes
   * through.
   * @returns the callback that picks; its result is that of the job that ran
   * @throws as `addCallback`
   */
  async addCallbacks<S = R, F = never>(picks: CallbackPicks<R, S, F>): Promise<Job<S | F>> {
    const chosen = checkPicks(picks).map(([name, job]): [string, Job] => [
      name,
      this.#givable(job, `the callback ${name}`),
    ]);
    const callback = new PickJob<S | F>(PICK_CALLBACK, [Object.fromEntries(chosen)]);
    changeNew(callback, { options: PICK_DEFAULTS });
    for (const [, job] of chosen)
      changeNew(job, { options: { ...callbackDefaults(), ...job.options } });
    await this.addCallback(callback);
    for (const [, job] of chosen) changeNew(job, { belongsTo: callback });
    return callback;
  }

  /**
   * Cancels the job and its descendants, from any process (O1). A pending or waiting job completes
   * with a CancelledError. A running one gets `local.signal` aborted and loses its claim: no later
   * write of its run is accepted. There is no retry, and no interruption is counted. Parts with a
   * result keep it, a postprocess does not run, callbacks run. A job whose turn has not come, such
   * as a later part of a `serial`, completes so when its turn comes. A second cancel changes
   * nothing. When this resolves, no part of the job is claimed any more; a dispatcher of its queue
   * stores the end: `wait` for that.
   * @param reason the message of the CancelledError. Default: a text with the id and the task.
   * @throws BadStatusError where the job is new, has its result or is not stored;
   *   InvalidArgumentError where `reason` is no string
   */
  async cancel(reason?: string): Promise<void> {
    const { gateway, lane } = requirePlace(this);
    await cancelStored(this, gateway, lane, reason);
  }

  /**
   * Lets a failed, completed job run again, from any process (O3). It is pending at the tail of its
   * queue. Its retry policy and its `beginBy` begin anew; interruptions and `local.fence` go on
   * counting, and results of `local.once` stay. Of a composite the failed descendants run again,
   * and the postprocess in any case; parts that succeeded keep their results. A task that makes its
   * children makes them anew; the failed descendants of jobs that it was given run again. Callbacks
   * that ran do not run again. Other handles show the old result until `refresh`. If a crash cuts
   * this call off, the next call completes it.
   * @returns the handle, read again
   * @throws BadStatusError where the job has not completed, has succeeded, is not stored, or
   *   belongs to a job that has not completed; of several calls at a time all but one throw
   */
  async retry(): Promise<this> {
    const { gateway, lane } = requirePlace(this);
    await retryStored(this, gateway, lane);
    return this;
  }

  /**
   * Writes an annotation on the job, in any status. A task that annotates its own job writes as its
   * run.
   * @throws BadStatusError for a job that was not put, or is removed; SerializationError;
   *   ReassignedError where a task has lost its own job (I5)
   */
  async annotate(name: string, value: unknown): Promise<this> {
    const { gateway, lane } = requirePlace(this);
    await annotateStored({ id: this.id, lane, gateway }, name, value);
    return this;
  }

  /** The value as a job that can become a callback; of a task, a new job. */
  #givable(what: unknown, as: string): Job {
    const callback = unlessTask(what);
    if (!(callback instanceof Job))
      throw new InvalidArgumentError(`${as} must be a job, but it is ${notAJob(what)}`);
    if (callback === this)
      throw new InvalidArgumentError(`${String(this)} cannot be its own callback`);
    checkNewJob(callback);
    checkKeyOfOwned(callback, callback.options, 'callback');
    return callback;
  }
}

/** The job of `addCallbacks`: its task runs one of the two jobs that belong to it. */
export class PickJob<R = unknown> extends Job<R> {
  protected override get ownJobs(): readonly Job[] {
    return Object.values((this.args[0] ?? {}) as Record<string, Job>);
  }
}
