// Calls the task of a job, in the dispatcher's process or in one of its threads: decodes the
// arguments, runs the function, encodes its value.
import {
  BadStatusError,
  Continuation,
  Failure,
  Job,
  joinJobs,
  SerializationError,
  UnknownCodecError,
  type Queue,
} from '@drover/core';
import {
  decode,
  encode,
  endRun,
  failureWithin,
  gatewayOf,
  isInstance,
  jobFromStored,
  readResult,
  runInContext,
  scheduledJobs,
  stillAppended,
  withinSize,
  type ClaimedJob,
  type LocalContext,
  type RunPuts,
  type RunStore,
  type Schedule,
  type StoredJob,
} from '@drover/core/internal';
import type { Run } from '../activation/activation.js';
import type { Called, CalledTo } from '../activation/outcome.js';
import { runStore, type RunStoreDeps } from './run-store.js';

/** A dispatcher and a worker thread have these in common. */
export interface CallDeps extends RunStoreDeps {
  queue: Queue;
  onStarted: (run: Run) => void;
}

/** Throws nothing: every error is part of the reply. */
export async function callTask(
  run: Run,
  deps: CallDeps,
  task: (...args: unknown[]) => unknown,
  joined: readonly Job[],
): Promise<Called<RunPuts>> {
  const context = localContext(run, deps);
  const { maxDataBytes, revive } = gatewayOf(deps.queue);
  let value: unknown;
  let called: Called<RunPuts> | undefined;
  let isStarted = false;
  try {
    const given = run.claim.given ? [readResult(run.claim.given, revive)] : [];
    const bound = decode(run.claim.args, revive);
    if (!Array.isArray(bound))
      throw new SerializationError('args', 'are no array: they are not what Drover stores');
    const args = [...(bound as unknown[]), ...joined, ...given];
    isStarted = true;
    deps.onStarted(run);
    value = await runInContext(context, () => task(...args));
  } catch (thrown) {
    const failure = failureWithin(Failure.from(thrown), maxDataBytes);
    called = { kind: isStarted ? 'thrown' : unreadable(thrown), failure };
  } finally {
    endRun(context);
  }
  called ??= toCalled(run, value, context.puts as RunPuts | undefined, maxDataBytes);
  const { dropped } = context;
  // The puts of a run that failed are not stored.
  if ('failure' in called) dropped.push(...(context.puts?.dropped() ?? []));
  if (dropped.length > 0) called.dropped = dropped;
  return called;
}

/** Encodes the value that a task returned. */
function toCalled(
  run: Run,
  value: unknown,
  puts: RunPuts | undefined,
  maxDataBytes: number,
): CalledTo<RunPuts> {
  if (isInstance(value, Failure))
    return { kind: 'thrown', failure: failureWithin(Failure.from(value), maxDataBytes) };
  try {
    const { id, task: name, appended } = run.claim;
    if (appended?.length && !(value instanceof Continuation)) {
      throw new BadStatusError(
        `jobs were appended to job ${id}, but its task ${name} waits for none (joinJobs)`,
      );
    }
    const continuation = value instanceof Job ? joinJobs([], { then: value }) : value;
    if (continuation instanceof Continuation)
      return { kind: 'schedule', schedule: toSchedule(continuation, run, maxDataBytes), puts };
    return {
      kind: 'value',
      value: resultWithin(run.claim, encode(value, 'result'), maxDataBytes),
      puts,
    };
  } catch (error) {
    return { kind: 'unstorable', failure: failureWithin(Failure.from(error), maxDataBytes) };
  }
}

/** The kind of an error that was thrown before the task was called. */
function unreadable(error: unknown): 'missing' | 'damaged' | 'thrown' {
  if (error instanceof UnknownCodecError) return 'missing';
  return error instanceof SerializationError ? 'damaged' : 'thrown';
}

/** `local` of the run. Handle, signal and store are made when the task first asks for them. */
function localContext(run: Run, deps: CallDeps): LocalContext {
  const { claim, stop } = run;
  let job: Job | undefined;
  let store: RunStore | undefined;
  return {
    get job() {
      return (job ??= handleOf(claim, deps));
    },
    queue: deps.queue,
    dispatcher: { uuid: deps.activation.uuid },
    get signal() {
      return stop.signal;
    },
    fence: claim.fence,
    get store() {
      return (store ??= runStore(run, deps));
    },
    puts: undefined,
    dropped: [],
    onces: undefined,
    hasEnded: false,
  };
}

/** The JSON of a result. @throws DataTooLargeError */
export function resultWithin({ id, task }: ClaimedJob, json: string, maxDataBytes: number): string {
  return withinSize(json, maxDataBytes, () => `the result of job ${id} (${task})`);
}

/** The children of a continuation. New ones go into the queue of the job, each to its lane (C3). */
function toSchedule(
  { jobs, inOrder, then, onFailure }: Continuation,
  { claim, queue }: Run,
  maxDataBytes: number,
): Schedule {
  const by = { id: claim.id, queue, lane: claim.lane };
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
  };
}

/** The job's own handle, as `local.getJob()` gives it. */
export function handleOf(
  claim: ClaimedJob,
  { queue, activation }: { queue: Queue; activation: { uuid: string } },
): Job {
  const { id, lane, task, args, options, interruptions, fence } = claim;
  const stored: StoredJob = {
    id,
    lane,
    task,
    args,
    options,
    interruptions,
    state: 'active',
    claims: fence,
    suspended: false,
    hasResult: false,
    dispatcher: activation.uuid,
  };
  return jobFromStored(stored, gatewayOf(queue));
}
