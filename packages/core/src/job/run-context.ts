// The run of the calling task, kept by AsyncLocalStorage, and the way out of it.
import { AsyncLocalStorage } from 'node:async_hooks';
import { BadStatusError, InvalidArgumentError } from '../errors.js';
import type { JobMeta } from '../model/meta.js';
import type { NewStoredJob } from '../model/records.js';
import type { AnyHandle } from './handle-data.js';

/** The dispatcher of a run, as `local` shows it. */
export interface LocalDispatcher {
  readonly uuid: string;
}

/**
 * The writes of a run before its commit, fenced by its token. Each throws a ReassignedError where
 * the run has lost the job (I5).
 */
export interface RunStore {
  /** Calls `write` with the token of the run, and again until its answer is clear. */
  fenced<T>(write: (token: string) => Promise<T>): Promise<T>;
  annotate(name: string, json: string): Promise<void>;
  /** The value (JSON) stored under that key of `local.once`. */
  readOnce(key: string): Promise<string | undefined>;
  /**
   * Stores the JSON of a value under a key that has none yet, and puts these jobs in the same step.
   */
  writeOnce(
    key: string,
    json: string,
    puts: readonly { queue: string; job: NewStoredJob }[],
  ): Promise<void>;
}

/** The puts of a run, for the code that commits it. */
export interface CommittablePuts {
  /** The jobs to store, in the order of the puts. */
  readonly stored: readonly {
    queue: string;
    job: NewStoredJob;
    appendTo?: string | undefined;
  }[];
  /** Called when the jobs are stored. */
  committed(): void;
  /**
   * Called when the run did not commit. Returns the tasks of the dropped puts; none if they were
   * stored, or dropped before.
   */
  dropped(): readonly string[];
}

/** One run of a job, as far as jobs and queues know it; `local` shows more of it. */
export interface RunContext {
  job: AnyHandle;
  queue: { readonly name: string; readonly prefix: string };
  dispatcher: LocalDispatcher;
  signal: AbortSignal;
  fence: number;
  attempt: number;
  /** Of the job: the jobs that the run puts have it too (J11). */
  meta: JobMeta | undefined;
  store: RunStore;
  /** The puts of the run so far (J6). */
  puts?: (CommittablePuts & { end(): void }) | undefined;
  /** The tasks of puts inside a `local.once` that failed: they are dropped. */
  dropped: string[];
  /** The calls of `local.once` in this run, running or done, by key. */
  onces?: Map<string, Promise<unknown>> | undefined;
  /** The keys of `local.once` whose functions the caller belongs to. */
  insideOnce?: ReadonlySet<string> | undefined;
  /** The task has ended: further calls from its async context belong to no run. */
  hasEnded?: boolean;
}

const storage = new AsyncLocalStorage<RunContext | undefined>();

/** The run of the calling task; undefined outside a running task. */
export function currentRun(): RunContext | undefined {
  return storage.getStore();
}

/**
 * The run of the calling task, if it runs that job: writes to its own job are fenced by it (I5).
 * @param isImmediate whether the job was found through a queue whose handles belong to no run
 * @throws BadStatusError after the end of the task: the write would belong to no run
 */
export function ownRun(jobId: string, isImmediate: boolean): RunContext | undefined {
  const run = isImmediate ? undefined : currentRun();
  if (run?.job.id !== jobId) return undefined;
  refuseEnded(run, 'await what the task does with its own job');
  return run;
}

/** @throws BadStatusError where the task of the run has ended; `hint` says what to do instead */
export function refuseEnded(run: RunContext, hint: string): void {
  if (run.hasEnded) throw new BadStatusError(`${String(run.job)} has ended: ${hint}`);
}

/** Calls `task` as one run of a job: `local` works inside it, and in all that it awaits. */
export function runInContext<T>(context: RunContext, task: () => T): T {
  return storage.run(context, task);
}

/**
 * Calls `fn` outside the running task and returns its result. Everything that `fn` puts, awaits or
 * starts, such as timers and connections, belongs to no run (J6); `local` throws a NoLocalJobError
 * inside. For things that several tasks share, such as a batch, a pool or a memoised promise: they
 * would otherwise belong to the run that came first, and be dropped with it. Outside a task it just
 * calls `fn`.
 * @throws InvalidArgumentError where `fn` is no function; the error that `fn` throws
 */
export function outsideRun<T>(fn: () => T): T {
  if (typeof fn !== 'function') throw new InvalidArgumentError('outsideRun takes a function');
  return storage.run(undefined, fn);
}
