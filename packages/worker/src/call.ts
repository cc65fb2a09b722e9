// Calling the task of a job, in the dispatcher or in one of its threads: from what is stored of it to what is to be stored.
import { BadStatusError, Continuation, Failure, Job, joinJobs, UnknownCodecError, type Queue } from '@drover/core';
import {
  decode,
  encode,
  failureWithin,
  homeOf,
  jobFromStored,
  joinedStoredJob,
  runInContext,
  withinSize,
  type ClaimedJob,
  type LocalContext,
  type ReviveJob,
  type Schedule,
  type StoredJob,
  type StoredResult,
} from '@drover/core/internal';
import type { Activation, Run } from './activation.js';

/** What the call of a task needs of where it runs: of a dispatcher, or of one of its threads. */
export interface CallPlace {
  queue: Queue;
  activation: Pick<Activation, 'uuid'>;
  onStarted: (run: Run) => void;
}

/** What the call of a task came to. */
export type Called =
  | { kind: 'value'; value: string }
  | { kind: 'schedule'; schedule: Schedule }
  | { kind: 'thrown'; failure: Failure }
  /** It was not called: its arguments need a codec that is not defined here. */
  | { kind: 'missing'; failure: Failure }
  /** It returned what cannot be stored. */
  | { kind: 'unstorable'; failure: Failure };

/** Calls a task, here or in a thread, up to what is to be stored of it. Throws nothing. */
export async function callTask(
  run: Run,
  place: CallPlace,
  task: (...args: unknown[]) => unknown,
  joined: readonly Job[],
): Promise<Called> {
  const { maxDataBytes } = homeOf(place.queue);
  let value: unknown;
  let isStarted = false;
  try {
    const { revive } = homeOf(place.queue);
    const given = run.claim.given ? [valueOf(run.claim.given, revive)] : [];
    const args = [...(decode(run.claim.args, revive) as unknown[]), ...joined, ...given];
    isStarted = true;
    const context = localContext(run, place);
    place.onStarted(run);
    value = await runInContext(context, () => task(...args));
  } catch (thrown) {
    const failure = failureWithin(Failure.from(thrown), maxDataBytes);
    return { kind: !isStarted && thrown instanceof UnknownCodecError ? 'missing' : 'thrown', failure };
  }
  try {
    const continuation = value instanceof Job ? joinJobs([], { then: value }) : value;
    if (continuation instanceof Continuation)
      return { kind: 'schedule', schedule: toSchedule(continuation, run, maxDataBytes) };
    return { kind: 'value', value: resultWithin(run.claim, encode(value, 'result'), maxDataBytes) };
  } catch (error) {
    return { kind: 'unstorable', failure: Failure.from(error) };
  }
}

/** A result as a callback gets it. */
function valueOf(result: StoredResult, revive: ReviveJob): unknown {
  return 'value' in result ? decode(result.value, revive) : Failure.fromJSON(result.failure);
}

/** What `local` gives: handle and signal are made when the task asks for them. */
function localContext({ claim, stop }: Run, place: CallPlace): LocalContext {
  let job: Job | undefined;
  return {
    get job() {
      return (job ??= handleOf(claim, place));
    },
    queue: place.queue,
    dispatcher: { uuid: place.activation.uuid },
    get signal() {
      return stop.signal;
    },
    fence: claim.fence,
  };
}

/** The JSON of a result. @throws DataTooLargeError */
export function resultWithin({ id, task }: ClaimedJob, json: string, maxDataBytes: number): string {
  return withinSize(json, maxDataBytes, () => `the result of job ${id} (${task})`);
}

/** What is stored of the jobs that a job waits for: new ones are put into its queue, each into its own lane (C3). */
function toSchedule(
  { jobs, inOrder, then, onFailure }: Continuation,
  { claim, queue }: Run,
  maxDataBytes: number,
): Schedule {
  const stored = (job: Job) => {
    if (job.id === claim.id) throw new BadStatusError(`${String(job)} cannot wait for itself`);
    const isElsewhere = job.queue !== undefined && job.queue !== queue;
    return isElsewhere
      ? { ...joinedStoredJob(job, maxDataBytes), queue: job.queue }
      : joinedStoredJob(job, maxDataBytes);
  };
  return { jobs: jobs.map(stored), inOrder, then: then && stored(then), onFailure };
}

/** The job's own handle, as `local.getJob()` gives it. */
export function handleOf(claim: ClaimedJob, { queue, activation }: Pick<CallPlace, 'queue' | 'activation'>): Job {
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
  return jobFromStored(stored, homeOf(queue));
}
