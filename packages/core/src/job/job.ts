// A job: a task with its arguments, its state and its result, as a handle that any process can
// hold.
import { checkNewJob } from './placing.js';
import { annotateStored } from './annotations.js';
import { currentClock, dueIn } from '../redis/clock.js';
import { notAJob, unlessTask } from './task-as-job.js';
import { argsWithin } from '../codec/data-size.js';
import { BadStatusError, InvalidArgumentError } from '../errors.js';
import type { Failure } from '../codec/failure.js';
import { addToStored } from './add-callback.js';
import { requirePlace, stateOf } from './handle-data.js';
import { changeNew, giveCallback, placeJob } from './handle-places.js';
import { JobFacts } from './job-facts.js';
import { changeArgs } from './write-job.js';
import { callbackDefaults } from './process-defaults.js';
import { checkPicks, PICK_DEFAULTS } from './job-callbacks.js';
import { cancelStored, retryStored, updateStored } from './job-changes.js';
import { toStoredOptions, type JobOptions } from '../model/job-options.js';
import { argsOf, type AnyArgs, type JobUpdate } from './job-calls.js';
import { PICK_CALLBACK } from '../lib/names.js';
import { checkOptions } from '../lib/unknown-options.js';

/**
 * A task in the place of a job of it. `Rest`: the arguments that it gets, none of which is bound.
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
 * A handle of a job. Its id is a UUID v7, made with it so that a put can be repeated. `Rest`: the
 * arguments that are bound later, such as those of a postprocess; of a job whose type does not say,
 * any.
 */
export class Job<R = unknown, Rest extends unknown[] = AnyArgs> extends JobFacts<R> {
  /** Marks the type of the result. */
  declare protected readonly resultType?: R;
  /** Marks what the arguments that are bound later must be. */
  declare protected readonly restType?: (...rest: Rest) => void;

  /**
   * Sets options of a new job, such as a part of a composite, and gives the job itself.
   * @throws BadStatusError once it was put; InvalidArgumentError, which names the option that is
   *   wrong.
   */
  with(options: JobOptions): this {
    const state = stateOf(this);
    if (state.kind === 'placed')
      throw new BadStatusError(`job ${this.id} was put already: its options are fixed`);
    checkOptions('with', options);
    const changed = { ...state.options, ...toStoredOptions(options, currentClock().latest()) };
    const { beginAfter } = options;
    const isRelative = typeof beginAfter === 'number' && beginAfter > 0;
    const dueAt = isRelative
      ? dueIn(beginAfter)
      : beginAfter === undefined
        ? state.dueAt
        : undefined;
    changeNew(this, { options: changed, dueAt });
    return this;
  }

  /**
   * Changes the arguments of a job that no dispatcher has claimed yet, and gives the job itself.
   * Where a dispatcher claims it at the same time, exactly one of the two comes first: it runs with
   * the new arguments, or this throws and it runs with the old ones.
   * @throws BadStatusError once it was claimed, also where it is pending again since, or is not
   *   stored; SerializationError for arguments that cannot be stored; InvalidArgumentError where
   *   `args` is no array.
   */
  async update(changes: JobUpdate): Promise<this> {
    const args = argsOf(changes);
    const { json, undo } = changeArgs(this, [...(args as readonly unknown[])]);
    const state = stateOf(this);
    if (state.kind === 'new') return this;
    try {
      await updateStored(
        this,
        state.gateway,
        state.lane,
        argsWithin(json, state.gateway.maxDataBytes, this),
      );
    } catch (error) {
      undo();
      throw error;
    }
    if (state.stored) state.stored.args = json;
    placeJob(this, state, state.stored);
    return this;
  }

  /**
   * Adds a callback: a new job that gets the result of this one, the value or the Failure, as its
   * last argument (J7). It runs after the result is stored, in the order of the adding, before this
   * job has completed; a task stands for a job of it; on a completed job it runs at once, and of a
   * job that was removed never. Its own result changes nothing for this job. Without options of its
   * own it is retried as `RetryCommonForever` says, and its failure is logged at `fatal`.
   * @returns the callback, which may have callbacks itself
   * @throws BadStatusError where the callback was put before, or belongs to another job, or this
   *   job is not stored any more; SerializationError for arguments of the callback that cannot be
   *   stored; InvalidArgumentError for what is no job.
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
   * Adds a callback that picks by the result: `success` gets the value as its last argument,
   * `failure` the Failure (J7). What was picked is run as a job that the callback returns: its
   * result is the callback's. Where the one to pick is absent, the result passes through; the one
   * that is not picked never runs.
   * @returns the callback, whose result is that of what was picked, and to which callbacks can be
   *   added
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
   * Cancels the job, from any process, and of a composite all that is below it (O1). What is
   * pending or waits for other jobs completes with a CancelledError; what runs gets `local.signal`
   * aborted and loses its claim, so that nothing that it does afterwards is accepted. It is not
   * retried, and no interruption is counted. Parts that have their result keep it; a postprocess
   * does not run. Callbacks run. When this resolves, nothing of the job is claimed any more; its
   * end is stored by a dispatcher of its queue, as soon as there is one: `wait`. A part of a
   * `serial`, a postprocess or a callback whose turn has not come completes so when it comes. A job
   * that was cancelled before is left as it is: the first reason stands.
   * @param reason the message of the CancelledError. Default: one that names the job.
   * @throws BadStatusError where it is new, has its result or is not stored; InvalidArgumentError
   *   for a reason that is no string
   */
  async cancel(reason?: string): Promise<void> {
    const { gateway, lane } = requirePlace(this);
    await cancelStored(this, gateway, lane, reason);
  }

  /**
   * Lets a job run again that has completed and failed, from any process: it goes to the tail of
   * its queue, and is pending (O3). Its retry policy begins anew, and so does its `beginBy`;
   * interruptions and `local.fence` go on counting, and what `local.once` has stored stays. Of a
   * composite, what failed below it runs again, at any depth, and the postprocess in any case;
   * parts that succeeded keep their results. A task that makes the jobs that it waits for makes
   * them anew; what it was given, and failed below these, runs again. Callbacks that ran do not run
   * again: each runs once per job. The result is gone: handles elsewhere show the old one until
   * `refresh`. A call that was cut off by a crash is made up for by the next.
   * @returns the job itself, brought up to date
   * @throws BadStatusError where it has not completed, has succeeded, is not stored, or belongs to
   *   a composite or a job with callbacks that has not completed; of several calls at the same time
   *   all but one
   */
  async retry(): Promise<this> {
    const { gateway, lane } = requirePlace(this);
    await retryStored(this, gateway, lane);
    return this;
  }

  /**
   * Writes a value down on the job, in whatever status, for others to see. A task that annotates
   * its own job does it as that run.
   * @throws BadStatusError for a job that was not put, or is removed; SerializationError;
   *   ReassignedError where a task's own job was taken away (I5).
   */
  async annotate(name: string, value: unknown): Promise<this> {
    const { gateway, lane } = requirePlace(this);
    await annotateStored({ id: this.id, lane, gateway }, name, value);
    return this;
  }

  /** A job that can become a callback of this one; of a task, a new one. */
  #givable(what: unknown, as: string): Job {
    const callback = unlessTask(what);
    if (!(callback instanceof Job))
      throw new InvalidArgumentError(`${as} must be a job, but it is ${notAJob(what)}`);
    if (callback === this)
      throw new InvalidArgumentError(`${String(this)} cannot be its own callback`);
    checkNewJob(callback);
    return callback;
  }
}

/** A callback that goes on with one of the jobs that belong to it. */
export class PickJob<R = unknown> extends Job<R> {
  protected override get ownJobs(): readonly Job[] {
    return Object.values((this.args[0] ?? {}) as Record<string, Job>);
  }
}
