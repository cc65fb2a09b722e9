// The run that the caller belongs to, through AsyncLocalStorage, and the way out of it.
import { AsyncLocalStorage } from 'node:async_hooks';
import { BadStatusError, InvalidArgumentError } from '../errors.js';
import type { NewStoredJob } from '../model/records.js';
import type { AnyHandle } from './handle-data.js';

/** What `local` says of the dispatcher that runs a job. */
export interface LocalDispatcher {
  readonly uuid: string;
}

/**
 * What a run stores while it goes on, fenced by its token: each throws a ReassignedError where the
 * job was taken away (I5).
 */
export interface RunStore {
  /**
   * Calls a write of something else with the token of the run, by which it is fenced; again until
   * its answer is clear.
   */
  fenced<T>(write: (token: string) => Promise<T>): Promise<T>;
  annotate(name: string, json: string): Promise<void>;
  /** What is stored under that key. */
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
  /** What is to be stored, in the order of the puts. */
  readonly stored: readonly {
    queue: string;
    job: NewStoredJob;
    appendTo?: string | undefined;
  }[];
  /** They are stored. */
  committed(): void;
  /**
   * The run did not commit. Gives the tasks of the dropped puts: none where they were stored, or
   * dropped before.
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
  store: RunStore;
  /** What the run has put so far (J6). */
  puts?: (CommittablePuts & { end(): void }) | undefined;
  /** The tasks of what `local.once` has put in vain in this run: its function failed. */
  dropped: string[];
  /** What `local.once` runs, or has run, in this run, by key. */
  onces?: Map<string, Promise<unknown>> | undefined;
  /** The keys of `local.once` whose functions the caller belongs to. */
  insideOnce?: ReadonlySet<string> | undefined;
  /** The task has ended: what it goes on with belongs to no run. */
  hasEnded?: boolean;
}

const storage = new AsyncLocalStorage<RunContext | undefined>();

/** The run that the caller belongs to; undefined outside a running task. */
export function currentRun(): RunContext | undefined {
  return storage.getStore();
}

/**
 * The run of that job, where the caller belongs to it: what it writes to its own job is fenced
 * (I5).
 * @param isImmediate whether the job was found through a queue whose handles belong to no run
 * @throws BadStatusError where its task has ended: what it goes on with would be nobody's
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
 * Calls `fn` outside the running task, and gives what it gives: what `fn` puts, awaits, and sets
 * going, such as timers and connections, belongs to no run (J6). `local` throws a NoLocalJobError
 * inside. Serves outside a task as well, where it changes nothing. For what several tasks share,
 * such as a batch, a pool or a memoised promise: without it, that would belong to the run that
 * happened to come first, and be dropped with it.
 * @throws InvalidArgumentError for what is no function; what `fn` throws
 */
export function outsideRun<T>(fn: () => T): T {
  if (typeof fn !== 'function') throw new InvalidArgumentError('outsideRun takes a function');
  return storage.run(undefined, fn);
}
