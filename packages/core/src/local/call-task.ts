// Calls the task of a claimed job: decodes the arguments, runs the function inside `local`, encodes
// its value. A dispatcher and a worker thread have this in common.
import { decode, encode } from '../codec/codec.js';
import { failureWithin, withinSize } from '../codec/data-size.js';
import { Failure } from '../codec/failure.js';
import { BadStatusError, SerializationError, UnknownCodecError } from '../errors.js';
import { Job } from '../job/job.js';
import {
  runInContext,
  type CommittablePuts,
  type LocalDispatcher,
  type RunStore,
} from '../job/run-context.js';
import { isInstance, isThenable } from '../lib/careful.js';
import type { JobMeta } from '../model/meta.js';
import type { ClaimedJob } from '../model/records.js';
import { readResult } from '../model/result.js';
import { gatewayOf } from '../queue/queue-parts.js';
import type { Queue } from '../queue/queue.js';
import { endRun, type RunPuts } from '../queue/run-puts.js';
import { scheduledJobs } from '../queue/scheduled-jobs.js';
import { stillAppended } from '../store/bullmq/appended.js';
import type { Schedule } from '../model/lane-store.js';
import { Continuation, joinJobs } from '../task/continuation.js';
import { claimedHandle } from './claimed-handle.js';
import type { LocalContext } from './local-context.js';

/** How the call of a task ended. `dropped`: the tasks of puts that are not stored (J6). */
export type Called<P = CommittablePuts> = { dropped?: readonly string[] | undefined } & CalledTo<P>;

type CalledTo<P> =
  /** `puts`: the uncommitted puts, which are stored with the outcome (J6). */
  | { kind: 'value'; value: string; puts?: P | undefined }
  | { kind: 'schedule'; schedule: Schedule; puts?: P | undefined }
  /** The task threw, or returned a Failure, which means the same (J3). */
  | { kind: 'thrown'; failure: Failure }
  /** Not called: the arguments need a codec that this process does not know: `codec:money` (B1). */
  | { kind: 'missing'; failure: Failure; needs: string }
  /** Not called: the stored arguments are damaged, or not Drover's. */
  | { kind: 'damaged'; failure: Failure }
  /** The task returned a value that cannot be stored. */
  | { kind: 'unstorable'; failure: Failure };

/** A claimed job whose task is to be called, and what `local` shows it. */
export interface TaskCall {
  claim: ClaimedJob;
  queue: Queue;
  dispatcher: LocalDispatcher;
  /** Gives `local.signal`. `isOver`: the run has ended before its task (J10). */
  stop: { readonly signal: AbortSignal; readonly isOver: boolean };
  /** Makes the store for the writes of the run, when the task first needs it. */
  makeStore: () => RunStore;
  onStarted: () => void;
  /** The task gets its arguments elsewhere: none are read here. Default: false. */
  isElsewhere?: boolean;
}

/**
 * Calls the task, and `onCalled` when it has ended: at once where it returns no promise. Without
 * promises of its own a short run costs a quarter less. Throws nothing: every error is part of what
 * `onCalled` gets.
 */
export function callTask<R>(
  call: TaskCall,
  task: (...args: unknown[]) => unknown,
  joined: readonly Job[],
  onCalled: (called: Called<RunPuts>) => R,
): R | Promise<R> {
  const context = new RunLocal(call);
  let isStarted = false;
  let value: unknown;
  try {
    const args = argsOf(call, joined);
    isStarted = true;
    call.onStarted();
    value = runInContext(context, () => task(...args));
    if (isThenable(value))
      return Promise.resolve(value).then(
        (result) => onCalled(ended(context, result)),
        (thrown: unknown) => onCalled(failed(context, 'thrown', thrown)),
      );
  } catch (thrown) {
    return onCalled(isStarted ? failed(context, 'thrown', thrown) : notCalled(context, thrown));
  }
  return onCalled(ended(context, value));
}

function argsOf({ claim, queue, isElsewhere }: TaskCall, joined: readonly Job[]): unknown[] {
  if (isElsewhere) return [];
  const { revive } = gatewayOf(queue);
  const bound = decode(claim.args, revive);
  if (!Array.isArray(bound))
    throw new SerializationError('args', 'are no array: they are not what Drover stores');
  const given = claim.given ? [readResult(claim.given, revive)] : [];
  return [...(bound as unknown[]), ...joined, ...given];
}

/** The task has returned. */
function ended(context: RunLocal, value: unknown): Called<RunPuts> {
  endRun(context);
  return withDropped(context, toCalled(context, value));
}

/** The task has thrown. */
function failed(context: RunLocal, kind: 'damaged' | 'thrown', thrown: unknown): Called<RunPuts> {
  endRun(context);
  return withDropped(context, { kind, failure: failureOf(context, thrown) });
}

/** The arguments could not be read. */
function notCalled(context: RunLocal, error: unknown): Called<RunPuts> {
  if (!(error instanceof UnknownCodecError))
    return failed(context, error instanceof SerializationError ? 'damaged' : 'thrown', error);
  endRun(context);
  const failure = failureOf(context, error);
  return withDropped(context, { kind: 'missing', failure, needs: `codec:${error.codec}` });
}

function failureOf({ maxDataBytes }: RunLocal, thrown: unknown): Failure {
  return failureWithin(Failure.from(thrown), maxDataBytes);
}

function withDropped(context: RunLocal, called: Called<RunPuts>): Called<RunPuts> {
  const { dropped, puts } = context;
  // The puts of a run that failed are not stored.
  if ('failure' in called && puts) dropped.push(...puts.dropped());
  if (dropped.length > 0) called.dropped = dropped;
  return called;
}

/** Encodes the value that a task returned. */
function toCalled(context: RunLocal, value: unknown): CalledTo<RunPuts> {
  const { call, maxDataBytes } = context;
  const puts = context.puts as RunPuts | undefined;
  if (isInstance(value, Failure))
    return { kind: 'thrown', failure: failureWithin(Failure.from(value), maxDataBytes) };
  try {
    const { id, task: name, appended } = call.claim;
    if (appended?.length && !(value instanceof Continuation)) {
      throw new BadStatusError(
        `jobs were appended to job ${id}, but its task ${name} waits for none (joinJobs)`,
      );
    }
    const continuation = value instanceof Job ? joinJobs([], { then: value }) : value;
    if (continuation instanceof Continuation)
      return { kind: 'schedule', schedule: toSchedule(continuation, call, maxDataBytes), puts };
    return {
      kind: 'value',
      value: resultWithin(call.claim, encode(value, 'result'), maxDataBytes),
      puts,
    };
  } catch (error) {
    return { kind: 'unstorable', failure: failureWithin(Failure.from(error), maxDataBytes) };
  }
}

/**
 * `local` of the run. Handle, signal and store are made when the task first asks for them. A class,
 * since V8 takes half a microsecond to make an object with getters of its own.
 */
class RunLocal implements LocalContext {
  readonly queue: Queue;
  readonly dispatcher: LocalDispatcher;
  readonly fence: number;
  readonly attempt: number;
  readonly meta: JobMeta | undefined;
  readonly dropped: string[] = [];
  puts: LocalContext['puts'] = undefined;
  onces: LocalContext['onces'] = undefined;
  private ended = false;
  /** Shared with the contexts of `once`, which inherit from this one. */
  private readonly made: { job?: Job; store?: RunStore } = {};

  constructor(readonly call: TaskCall) {
    this.queue = call.queue;
    this.dispatcher = call.dispatcher;
    this.fence = call.claim.fence;
    this.attempt = call.claim.attempt;
    this.meta = call.claim.options.meta;
  }

  get hasEnded(): boolean {
    return this.ended || this.call.stop.isOver;
  }

  set hasEnded(has: boolean) {
    this.ended = has;
  }

  get job(): Job {
    const { claim, queue, dispatcher } = this.call;
    return (this.made.job ??= claimedHandle(claim, queue, dispatcher.uuid));
  }

  get maxDataBytes(): number {
    return gatewayOf(this.queue).maxDataBytes;
  }

  get signal(): AbortSignal {
    return this.call.stop.signal;
  }

  get store(): RunStore {
    return (this.made.store ??= this.call.makeStore());
  }
}

/** The JSON of a result. @throws DataTooLargeError */
export function resultWithin({ id, task }: ClaimedJob, json: string, maxDataBytes: number): string {
  return withinSize(json, maxDataBytes, () => `the result of job ${id} (${task})`);
}

/** The children of a continuation. New ones go into the queue of the job, each to its lane (C3). */
function toSchedule(
  { jobs, inOrder, then, onFailure, packed }: Continuation,
  { claim, queue }: TaskCall,
  maxDataBytes: number,
): Schedule {
  const by = { id: claim.id, queue: queue.name, lane: claim.lane };
  const stored = scheduledJobs(then ? [...jobs, then] : jobs, by, maxDataBytes);
  // Jobs that were appended before the task started come last. Those that were appended while the
  // job waited are its children already (C4).
  const { appended = [], manifest } = claim;
  const ids = jobs.map(({ id }) => id);
  const before = manifest
    ? appended.slice(0, manifest.appended ?? 0)
    : stillAppended(appended, ids);
  return {
    jobs: [...stored.slice(0, jobs.length), ...before],
    appended: before.length,
    inOrder,
    then: stored[jobs.length],
    onFailure,
    packed,
  };
}
