// A job: a task with its arguments, its state and its result, as a handle that any process can hold.
import { v7 as uuidv7 } from 'uuid';
import { systemClock } from './clock.js';
import { decode, encode, fromTree, toTree } from './codec.js';
import { toStoredReference, type JobReferenceData, type ReviveJob } from './codec/job-reference.js';
import type { Root } from './codec/path.js';
import type { OnJob } from './codec/writer.js';
import { DEFAULT_MAX_DATA_BYTES, withinSize } from './data-size.js';
import { BadStatusError, InvalidArgumentError, SerializationError } from './errors.js';
import { Failure } from './failure.js';
import { toStoredOptions, type JobOptions, type StoredJobOptions } from './job-options.js';
import { JobStatus, statusOf } from './job-state.js';
import { MAIN_LANE } from './names.js';
import type { NewStoredJob, StoredJob } from './store/store.js';

/** Where a put job lives: what its handle needs of its queue. */
export interface JobHome {
  readonly queueName: string;
  /** How many bytes the arguments or the result of one of its jobs may take. */
  readonly maxDataBytes: number;
  read(id: string, lane: string): Promise<StoredJob | undefined>;
  /** Resolves when the job has completed. Pushed, not polled. `wasStored`: where it is not there, it was removed. */
  waitForResult(id: string, lane: string, timeout: number | undefined, wasStored: boolean): Promise<StoredJob>;
  /** Resolves with the job when `condition` holds. It looks when the job's events say that something changed. */
  waitFor(
    id: string,
    lane: string,
    condition: (job: StoredJob) => boolean,
    timeout: number | undefined,
  ): Promise<StoredJob>;
  readonly revive: ReviveJob;
}

/** How to wait for a result. */
export interface WaitOptions {
  /** Milliseconds after which to give up with a TimeoutError. Default: none. */
  timeout?: number;
}

/** Gives a handle its place, and what is stored there if that is known. For Drover's own packages. */
export let attachJob: (job: Job, home: JobHome, stored?: StoredJob) => void;
/** What is stored of a new job when it is put; its arguments within `maxDataBytes`. For Drover's own packages. */
export let newStoredJob: (job: Job, maxDataBytes?: number) => NewStoredJob;
/** What is stored of a job that another one waits for: new, or put before. For Drover's own packages. */
export let joinedStoredJob: (job: Job, maxDataBytes?: number) => NewStoredJob;
/** The home of a job, once it has one. For Drover's own packages. */
export let homeOfJob: (job: Job) => JobHome | undefined;
/** The lane that a job is in. For Drover's own packages. */
export let laneOf: (job: Job) => string;

/** A handle of a job. Its id is a UUID v7, made with it so that a put can be repeated. */
export class Job<R = unknown> {
  /** Marks the type of the result. */
  declare protected readonly resultType?: R;
  readonly id: string;
  /** The name of its task. */
  readonly task: string;
  #args: readonly unknown[] | undefined;
  /** Of a new job inside another's arguments: the tree of its own, which is read when somebody asks for them. */
  #argsTree: unknown;
  /** The jobs in its arguments, but not those inside other jobs. Known once they were stored. */
  #inner: Job[] | undefined;
  #options: StoredJobOptions = {};
  #lane = MAIN_LANE;
  #home: JobHome | undefined;
  #stored: StoredJob | undefined;
  #isBeingStored = false;

  static {
    attachJob = (job, home, stored) => {
      job.#home = home;
      if (stored) job.#apply(stored);
      // The parts of a composite are put with it: their handles are good from then on.
      for (const inner of job.#inner ?? []) if (!inner.#home) attachJob(inner, home);
    };
    newStoredJob = (job, maxDataBytes) => {
      job.#checkNew();
      return job.#toNewStored(maxDataBytes);
    };
    joinedStoredJob = (job, maxDataBytes) => job.#stored ?? job.#toNewStored(maxDataBytes);
    laneOf = (job) => job.#lane;
    homeOfJob = (job) => job.#home;
  }

  /** Made by `task.job(…)`. */
  constructor(task: string, args: readonly unknown[] | undefined, reference?: JobReferenceData) {
    this.task = task;
    this.#args = args;
    this.id = reference?.id ?? uuidv7();
    this.#argsTree = reference?.args;
    if (reference?.options) this.#options = reference.options as StoredJobOptions;
    if (reference?.lane) this.#lane = reference.lane;
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

  /** Its value, or a Failure, or undefined while there is neither. It never changes once set (J3). */
  get result(): R | Failure | undefined {
    const result = this.#stored?.result;
    if (!result) return undefined;
    if ('failure' in result) return Failure.fromJSON(result.failure);
    return decode(result.value, this.#requireHome().revive) as R;
  }

  /** The UUID of the dispatcher that runs it, or ran it last. */
  get dispatcher(): string | undefined {
    return this.#stored?.dispatcher;
  }

  /** How often it was interrupted while it ran (I4). */
  get interruptions(): number {
    return this.#stored?.interruptions ?? 0;
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
    return this;
  }

  /**
   * Waits until the job has completed. It is told by Redis: nothing is polled.
   * @returns its value
   * @throws its failure as an Error; TimeoutError after `timeout` ms; BadStatusError if it was not put, or is removed.
   */
  async wait(options: WaitOptions = {}): Promise<R> {
    checkOptions('wait', options);
    const { timeout } = options;
    if (timeout !== undefined && !(timeout >= 0)) {
      throw new InvalidArgumentError('timeout must be a number of ms that is not negative');
    }
    if (this.status !== JobStatus.COMPLETED) {
      const stored = await this.#requireHome().waitForResult(this.id, this.#lane, timeout, this.#stored !== undefined);
      this.#apply(stored);
    }
    const { result } = this;
    if (result instanceof Failure) throw result.toError();
    return result as R;
  }

  /** Brings status, result, dispatcher and interruptions up to date, and gives the job itself. */
  async refresh(): Promise<this> {
    const stored = await this.#requireHome().read(this.id, this.#lane);
    if (stored) this.#apply(stored);
    return this;
  }

  toString(): string {
    return `job ${this.id} (${this.task})`;
  }

  /** What is stored of it inside another job, in which it stands at `path`. */
  [toStoredReference](path: () => string): JobReferenceData {
    const { id, task } = this;
    if (this.#isBeingStored) throw new SerializationError(path(), `is ${String(this)} itself, or a job that it is in`);
    if (this.#stored) return { id, task, queue: this.#requireHome().queueName, lane: this.#lane };
    const options = Object.keys(this.#options).length > 0 ? { options: { ...this.#options } } : {};
    return { id, task, args: this.#argsTree ?? this.#storeArgs(toTree, () => `${path()}.args`), ...options };
  }

  #toNewStored(maxDataBytes = DEFAULT_MAX_DATA_BYTES): NewStoredJob {
    const json = this.#argsTree === undefined ? this.#storeArgs(encode, 'args') : JSON.stringify(this.#argsTree);
    const args = withinSize(json, maxDataBytes, () => `the arguments of ${String(this)}`);
    return { id: this.id, task: this.task, args, options: this.#options, lane: this.#lane };
  }

  /** A job among its own arguments, or those of a job among them, could not be stored. */
  #storeArgs<T>(store: (args: unknown, root: Root, onJob: OnJob) => T, root: Root): T {
    this.#isBeingStored = true;
    this.#inner = undefined;
    try {
      return store(this.args, root, (job) => job instanceof Job && (this.#inner ??= []).push(job));
    } finally {
      this.#isBeingStored = false;
    }
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
    if (this.#stored) throw new BadStatusError(`${String(this)} was put already: a job can be put once (Q1)`);
    if (this.#home) throw new BadStatusError(`${String(this)} was put already, as a part of another job`);
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

/** @throws InvalidArgumentError where what should be options is not an object */
export function checkOptions(of: string, options: unknown): void {
  if (typeof options === 'object' && options !== null) return;
  throw new InvalidArgumentError(`the options of ${of} must be an object`);
}

/** Makes a handle of a job inside a stored value. `classOf` gives the class of a task's handles. */
export function reviveJob(reference: JobReferenceData, home: JobHome, classOf: (task: string) => typeof Job): Job {
  const job = new (classOf(reference.task))(reference.task, undefined, reference);
  attachJob(job, home);
  return job;
}
