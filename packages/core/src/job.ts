// A job: a task with its arguments, its state and its result, as a handle that any process can hold.
import { v7 as uuidv7 } from 'uuid';
import { annotateStored, annotationsOf } from './annotations.js';
import { isBeingStored, whileStored } from './being-stored.js';
import { instancesBy } from './brand.js';
import { systemClock } from './clock.js';
import { decode, encode, fromTree, toTree, type Store } from './codec.js';
import { toStoredReference, type JobReferenceData } from './codec/job-reference.js';
import type { Root } from './codec/path.js';
import { argsWithin } from './data-size.js';
import { BadStatusError, InvalidArgumentError, SerializationError } from './errors.js';
import type { Failure } from './failure.js';
import { CALLBACK_DEFAULTS, checkPicks, PICK_DEFAULTS, type CallbackPicks } from './job-callbacks.js';
import { addCallbackTo, cancelStored, retryStored, updateStored } from './job-changes.js';
import { readResult, valueOrThrow } from './job-result.js';
import { toStoredOptions, type JobOptions, type StoredJobOptions } from './job-options.js';
import { JobStatus, statusOf } from './job-state.js';
import { argsOf, checkOptions, timeoutOf, type AnyArgs, type JobUpdate, type WaitOptions } from './job-calls.js';
import type { JobHome } from './job-home.js';
import { checkNew } from './job-refusals.js';
import { MAIN_LANE, PICK_CALLBACK } from './names.js';
import { putDefaults, withPutDefaults } from './put-defaults.js';
import type { NewStoredJob, StoredJob } from './store/store.js';

/** Gives a handle its place, and what is stored there if that is known. For Drover's own packages. */
export let attachJob: (job: Job, home: JobHome, stored?: StoredJob) => void;
/** Makes a handle that was given this place new again, with those inside it: it was not stored there. For Drover's own packages. */
export let detachJob: (job: Job, home: JobHome) => void;
/**
 * What is stored of a new job when it is put, its arguments within `maxDataBytes`; with the defaults of its queue, which hold
 * for the new jobs among its arguments too. For Drover's own packages.
 */
export let newStoredJob: (job: Job, maxDataBytes?: number, defaults?: StoredJobOptions) => NewStoredJob;
/** What is stored of a job that another one waits for: new, or put before. For Drover's own packages. */
export let joinedStoredJob: (job: Job, maxDataBytes?: number) => NewStoredJob;
/** The home of a job, once it has one. For Drover's own packages. */
export let homeOfJob: (job: Job) => JobHome | undefined;
/** What was appended to those that a job waits for, when it was last read. For Drover's own packages. */
export let appendedTo: (job: Job) => readonly NewStoredJob[];
/** The lane that a job is in. For Drover's own packages. */
export let laneOf: (job: Job) => string;
/** Makes a new job the callback of another. For Drover's own packages. */
export let giveCallback: (job: Job, callback: Job) => void;
/** A new job with one more argument bound, under the same id. For Drover's own packages. */
export let withLastArgument: (job: Job, value: unknown) => Job;
/** Stores the callbacks that were added to a job while it was being put; undefined where it has none. For Drover's own packages. */
export let storeLateCallbacks: (job: Job, stored: NewStoredJob) => Promise<void> | undefined;

/**
 * A handle of a job. Its id is a UUID v7, made with it so that a put can be repeated.
 * `Rest`: the arguments that are bound later, such as those of a postprocess; of a job whose type does not say, any.
 */
export class Job<R = unknown, Rest extends unknown[] = AnyArgs> {
  /** Marks the type of the result. */
  declare protected readonly resultType?: R;
  /** Marks what the arguments that are bound later must be. */
  declare protected readonly restType?: (...rest: Rest) => void;
  readonly id: string;
  /** The name of its task. */
  readonly task: string;
  #args: readonly unknown[] | undefined;
  /** Of a new job inside another's arguments: the tree of its own, which is read when somebody asks for them. */
  #argsTree: unknown;
  /** The jobs in its arguments, but not those inside other jobs. Known once they were stored. */
  #inner: Job[] | undefined;
  #options: StoredJobOptions = {};
  /** Where it stands, or will be put. */
  #lane: string;
  #home: JobHome | undefined;
  #stored: StoredJob | undefined;
  /** Those that were added while it was new: they are stored with it. */
  #callbacks: Job[] | undefined;
  #storesCallbacks = false;
  /** It belongs to another job, as a callback: it is not put by itself. */
  #isCallback = false;

  static {
    attachJob = (job, home, stored) => {
      job.#home = home;
      if (stored) job.#apply(stored);
      for (const callback of job.#callbacks ?? []) if (!callback.#home) attachJob(callback, home);
      // The parts of a composite are put with it: their handles are good from then on.
      for (const inner of job.#inner ?? []) if (!inner.#home) attachJob(inner, home);
    };
    detachJob = (job, home) => {
      if (job.#home !== home) return;
      job.#home = job.#stored = undefined;
      for (const other of [...(job.#callbacks ?? []), ...(job.#inner ?? [])]) detachJob(other, home);
    };
    newStoredJob = (job, maxDataBytes, defaults) => {
      job.#checkNew();
      return withPutDefaults(defaults, () => job.#toNewStored(maxDataBytes));
    };
    joinedStoredJob = (job, maxDataBytes) => job.#stored ?? job.#toNewStored(maxDataBytes);
    laneOf = (job) => job.#lane;
    homeOfJob = (job) => job.#home;
    giveCallback = (job, callback) => {
      callback.#isCallback = true;
      callback.#options = { ...CALLBACK_DEFAULTS, ...callback.#options };
      (job.#callbacks ??= []).push(callback);
    };
    withLastArgument = (job, value) => {
      const [options, lane] = [job.#options as Record<string, unknown>, job.#lane];
      const reference = { id: job.id, task: job.task, options, lane };
      const bound = new (job.constructor as typeof Job)(job.task, [...job.args, value], reference);
      bound.#callbacks = job.#callbacks;
      return bound;
    };
    storeLateCallbacks = (job, { callbacks }) => job.#callbacks && job.#addMissing(job.#callbacks, callbacks);
    appendedTo = (job) => job.#stored?.appended ?? [];
  }

  static [Symbol.hasInstance] = instancesBy((value) => #options in value);

  /** Made by `task.job(…)`. */
  constructor(task: string, args: readonly unknown[] | undefined, reference?: JobReferenceData) {
    this.task = task;
    this.#args = args;
    this.id = reference?.id ?? uuidv7();
    this.#argsTree = reference?.args;
    if (reference?.options) this.#options = reference.options as StoredJobOptions;
    this.#lane = reference?.lane ?? this.#options.lane ?? MAIN_LANE;
  }

  /** Its arguments; those of a job elsewhere are known after `refresh`. */
  get args(): readonly unknown[] {
    this.#args ??= this.#readArgs();
    return this.#args ?? [];
  }

  /** Its status when it was last read (J2): `refresh` and `wait` bring it up to date. */
  get status(): JobStatus {
    return this.#stored ? statusOf(this.#stored) : JobStatus.NEW;
  }

  /** Its value, or a Failure, or undefined while there is neither. It never changes once set (J3), unless `retry` lets the job run again. */
  get result(): R | Failure | undefined {
    const result = this.#stored?.result;
    return result && (readResult(result, this.#requireHome().revive) as R | Failure);
  }

  /** The UUID of the dispatcher that runs it, or ran it last. */
  get dispatcher(): string | undefined {
    return this.#stored?.dispatcher;
  }

  /** How often it was interrupted while it ran (I4). */
  get interruptions(): number {
    return this.#stored?.interruptions ?? 0;
  }

  /** What was written down on it, by name, when it was last read: `refresh` brings them up to date. */
  get annotations(): Readonly<Record<string, unknown>> {
    return this.#stored ? annotationsOf(this.#stored, this.#requireHome().revive) : {};
  }

  /** The queue that it was put into, by name. */
  get queue(): string | undefined {
    return this.#home?.queueName;
  }

  /** How it is run; changed by `with`. */
  get options(): Readonly<StoredJobOptions> {
    return this.#stored?.options ?? this.#options;
  }

  /**
   * Sets options of a new job, such as a part of a composite, and gives the job itself.
   * @throws BadStatusError once it was put; InvalidArgumentError, which names the option that is wrong.
   */
  with(options: JobOptions): this {
    if (this.#stored) throw new BadStatusError(`job ${this.id} was put already: its options are fixed`);
    checkOptions('with', options);
    this.#options = { ...this.#options, ...toStoredOptions(options, systemClock.now()) };
    this.#lane = this.#options.lane ?? this.#lane;
    return this;
  }

  /**
   * Waits until the job has completed. It is told by Redis: nothing is polled.
   * @returns its value
   * @throws its failure as an Error; TimeoutError after `timeout` ms; BadStatusError if it was not put, or is removed.
   */
  async wait(options: WaitOptions = {}): Promise<R> {
    const timeout = timeoutOf(options);
    if (this.status !== JobStatus.COMPLETED) {
      const stored = await this.#requireHome().waitForResult(this.id, this.#lane, timeout, this.#stored !== undefined);
      this.#apply(stored);
    }
    return valueOrThrow(this.result) as R;
  }

  /**
   * Changes the arguments of a job that no dispatcher has claimed yet, and gives the job itself. Where a dispatcher claims it at the
   * same time, exactly one of the two comes first: it runs with the new arguments, or this throws and it runs with the old ones.
   * @throws BadStatusError once it was claimed, also where it is pending again since, or is not stored; SerializationError for
   *   arguments that cannot be stored; InvalidArgumentError where `args` is no array.
   */
  async update(changes: JobUpdate): Promise<this> {
    const args = argsOf(changes);
    const json = this.#storeArgs(encode, 'args', args);
    if (this.#home) await updateStored(this, this.#home, this.#lane, argsWithin(json, this.#home.maxDataBytes, this));
    if (this.#stored) this.#stored.args = json;
    this.#args = [...(args as readonly unknown[])];
    this.#argsTree = undefined;
    if (this.#home) attachJob(this, this.#home);
    return this;
  }

  /**
   * Adds a callback: a new job that gets the result of this one, the value or the Failure, as its last argument (J7). It runs after
   * the result is stored, in the order of the adding, before this job has completed; on a completed job it runs at once, and of a job
   * that was removed never. Its own result changes nothing for this job.
   * Without options of its own it is retried as `RetryCommonForever` says, and its failure is logged at `fatal`.
   * @returns the callback, which may have callbacks itself
   * @throws BadStatusError where the callback was put before, or belongs to another job, or this job is not stored any more;
   *   SerializationError for arguments of the callback that cannot be stored; InvalidArgumentError for what is no job.
   */
  async addCallback<C, J extends Job<C, [R | Failure]> = Job<C, [R | Failure]>>(callback: J): Promise<J> {
    this.#checkGivable(callback);
    if (this.#home) await this.#addToStored(callback);
    else giveCallback(this, callback);
    return callback;
  }

  /**
   * Adds a callback that picks by the result: `success` gets the value as its last argument, `failure` the Failure (J7). What was
   * picked is run as a job that the callback returns: its result is the callback's. Where the one to pick is absent, the result
   * passes through; the one that is not picked never runs.
   * @returns the callback, whose result is that of what was picked, and to which callbacks can be added
   * @throws as `addCallback`
   */
  async addCallbacks<S = R, F = never>(picks: CallbackPicks<R, S, F>): Promise<Job<S | F>> {
    const chosen = checkPicks(picks);
    for (const [, job] of chosen) this.#checkGivable(job);
    const callback = new Job<S | F>(PICK_CALLBACK, [Object.fromEntries(chosen)]);
    callback.#options = PICK_DEFAULTS;
    for (const [, job] of chosen) job.#options = { ...CALLBACK_DEFAULTS, ...job.#options };
    await this.addCallback(callback);
    for (const [, job] of chosen) job.#isCallback = true;
    return callback;
  }

  /**
   * Cancels the job, from any process, and of a composite all that is below it (O1). What is pending or waits for other jobs completes with
   * a CancelledError; what runs gets `local.signal` aborted and loses its claim, so that nothing that it does afterwards is accepted. It is
   * not retried, and no interruption is counted. Parts that have their result keep it; a postprocess does not run. Callbacks run.
   * When this resolves, nothing of the job is claimed any more; its end is stored by a dispatcher of its queue, as soon as there is one: `wait`.
   * A part of a `serial`, a postprocess or a callback whose turn has not come completes so when it comes.
   * A job that was cancelled before is left as it is: the first reason stands.
   * @param reason the message of the CancelledError. Default: one that names the job.
   * @throws BadStatusError where it is new, has its result or is not stored; InvalidArgumentError for a reason that is no string
   */
  async cancel(reason?: string): Promise<void> {
    await cancelStored(this, this.#requireHome(), this.#lane, reason);
  }

  /**
   * Lets a job run again that has completed and failed, from any process: it goes to the tail of its queue, and is pending (O3). Its retry
   * policy begins anew, and so does its `beginBy`; interruptions and `local.fence` go on counting, and what `local.once` has stored stays.
   * Of a composite, what failed below it runs again, at any depth, and the postprocess in any case; parts that succeeded keep their results. A
   * task that makes the jobs that it waits for makes them anew. Callbacks that ran do not run again: each runs once per job.
   * The result is gone: handles elsewhere show the old one until `refresh`. A call that was cut off by a crash is made up for by the next.
   * @returns the job itself, brought up to date
   * @throws BadStatusError where it has not completed, has succeeded, is not stored, or belongs to a composite or a job with callbacks
   *   that has not completed; of several calls at the same time all but one
   */
  async retry(): Promise<this> {
    await retryStored(this, this.#requireHome(), this.#lane);
    return this;
  }

  /** Brings status, result, dispatcher and interruptions up to date, and gives the job itself. */
  async refresh(): Promise<this> {
    const stored = await this.#requireHome().read(this.id, this.#lane);
    if (stored) this.#apply(stored);
    return this;
  }

  /**
   * Writes a value down on the job, in whatever status, for others to see. A task that annotates its own job does it as that run.
   * @throws BadStatusError for a job that was not put, or is removed; SerializationError; ReassignedError where a task's own job was
   *   taken away (I5).
   */
  async annotate(name: string, value: unknown): Promise<this> {
    await annotateStored({ id: this.id, lane: this.#lane, home: this.#requireHome() }, name, value);
    return this;
  }

  toString(): string {
    return `job ${this.id} (${this.task})`;
  }

  /** What is stored of it inside another job, in which it stands at `path`. */
  [toStoredReference](path: () => string): JobReferenceData {
    const { id, task } = this;
    const where = isBeingStored(this);
    if (where === 'directly') throw new SerializationError(path(), `is ${String(this)} itself`);
    // Its callbacks may name it, and its parts: it is there before they run.
    if (where === 'around' || this.#storesCallbacks) return { id, task, lane: this.#lane };
    if (this.#stored) return { id, task, queue: this.#requireHome().queueName, lane: this.#lane };
    const own = { ...putDefaults(), ...this.#options };
    const options = Object.keys(own).length > 0 ? { options: own } : {};
    const callbacks = this.#storeCallbacks((callback) => callback[toStoredReference](path));
    const args = this.#argsTree ?? this.#storeArgs(toTree, () => `${path()}.args`);
    return { id, task, args, ...options, ...callbacks };
  }

  #toNewStored(maxDataBytes?: number): NewStoredJob {
    const json = this.#argsTree === undefined ? this.#storeArgs(encode, 'args') : JSON.stringify(this.#argsTree);
    const args = argsWithin(json, maxDataBytes, this);
    const defaults = putDefaults();
    const options = defaults ? { ...defaults, ...this.#options } : this.#options;
    const callbacks = this.#storeCallbacks((callback) => callback.#toNewStored(maxDataBytes));
    return { id: this.id, task: this.task, args, options, lane: this.#lane, ...callbacks };
  }

  #storeCallbacks<T>(store: (callback: Job) => T): { callbacks?: T[] } {
    if (!this.#callbacks) return {};
    this.#storesCallbacks = true;
    try {
      return { callbacks: this.#callbacks.map(store) };
    } finally {
      this.#storesCallbacks = false;
    }
  }

  async #addMissing(callbacks: readonly Job[], stored: readonly NewStoredJob[] = []): Promise<void> {
    const known = new Set(stored.map(({ id }) => id));
    for (const callback of callbacks) if (!known.has(callback.id)) await this.#addToStored(callback);
  }

  async #addToStored(callback: Job): Promise<void> {
    const home = this.#requireHome();
    const stored = callback.#toNewStored(home.maxDataBytes);
    stored.options = { ...CALLBACK_DEFAULTS, ...stored.options };
    await addCallbackTo(this, home, this.#lane, stored, this.#stored !== undefined);
    attachJob(callback, home);
    callback.#isCallback = true;
  }

  #checkGivable(callback: unknown): asserts callback is Job {
    if (!(callback instanceof Job)) throw new InvalidArgumentError('a callback must be a job: use task.job(…)');
    if (callback === this) throw new InvalidArgumentError(`${String(this)} cannot be its own callback`);
    callback.#checkNew();
  }

  #storeArgs<T>(store: Store<T>, root: Root, args = this.args): T {
    this.#inner = undefined;
    return whileStored(this, () => store(args, root, (job) => job instanceof Job && (this.#inner ??= []).push(job)));
  }

  #readArgs(): unknown[] | undefined {
    const revive = this.#home?.revive;
    if (!revive) return undefined;
    if (this.#stored) return decode(this.#stored.args, revive) as unknown[];
    const tree = this.#argsTree;
    this.#argsTree = undefined;
    return tree === undefined ? undefined : (fromTree(tree, revive) as unknown[]);
  }

  #checkNew(): void {
    checkNew(this, { isCallback: this.#isCallback, isStored: this.#stored !== undefined, hasHome: !!this.#home });
  }

  #apply(stored: StoredJob): void {
    this.#stored = stored;
    this.#lane = stored.lane;
  }

  #requireHome(): JobHome {
    if (this.#home) return this.#home;
    throw new BadStatusError(`${String(this)} is new: put it into a queue first`);
  }
}
