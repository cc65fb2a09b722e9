// Running a claimed job: prepare → call → decide. What comes of it is an Outcome, which `commit` stores.
import {
  BadStatusError,
  Continuation,
  Failure,
  Job,
  joinJobs,
  UnknownCodecError,
  UnknownTaskError,
  type PolicyData,
  type Queue,
  type RetryDecision,
  type RetryPolicy,
} from '@drover/core';
import {
  decode,
  encode,
  failureWithin,
  homeOf,
  jobFromStored,
  joinedStoredJob,
  retryPolicyNamed,
  runInContext,
  systemClock,
  taskNamed,
  withinSize,
  type ClaimedJob,
  type LaneStore,
  type LocalContext,
  type Schedule,
  type StoredJob,
} from '@drover/core/internal';
import type { Activation, Run } from './activation.js';
import { askPolicy } from './decide.js';
import { joinedJobs, joinResult } from './join.js';
import type { Outcome } from './outcome.js';

/** Where a job runs. */
export interface RunPlace {
  store: LaneStore;
  queue: Queue;
  activation: Activation;
  onStarted: (run: Run) => void;
}

/** A job that cannot be run here is offered again after this many ms, so that another process can take it. */
const POSTPONE = 1_000;

/** Runs a claimed job up to its outcome. Throws only what the store throws. */
export async function runJob(run: Run, place: RunPlace): Promise<Outcome> {
  const { claim } = run;
  if (claim.aborted) return { kind: 'failed', failure: Failure.fromJSON(claim.aborted) };
  const early = (claim.options.beginAfter ?? 0) - systemClock.now();
  if (early > 0) return { kind: 'postponed', delay: early };
  const known = prepare(claim);
  if ('missing' in known) return notHere(known.missing);
  const { manifest } = claim;
  if (manifest && claim.scheduledChunks >= manifest.chunks) {
    return decideJoined(claim, place, known.policy, await joinResult(place.store, manifest));
  }
  const joined = claim.joined && (await joinedJobs(place.store, homeOf(place.queue), claim.joined));
  if (joined === 'not all have ended') return { kind: 'waitsFor', schedule: undefined };
  return await call(run, place, known, joined ?? []);
}

/** Something that it needs is not defined in this process: another one may have it (B1). */
function notHere(missing: unknown): Outcome {
  return { kind: 'postponed', delay: POSTPONE, reason: Failure.from(missing) };
}

interface Known {
  run: (...args: unknown[]) => unknown;
  policy: RetryPolicy;
}

/** What running the job needs of this process: its task and its policy. */
function prepare(claim: ClaimedJob): Known | { missing: Error } {
  const task = taskNamed(claim.task);
  if (!task)
    return { missing: new UnknownTaskError(`the task ${JSON.stringify(claim.task)} is not defined in this process`) };
  try {
    return { run: task.run, policy: retryPolicyNamed(claim.options.retryPolicy) };
  } catch (error) {
    return { missing: error as Error };
  }
}

async function call(run: Run, place: RunPlace, known: Known, joined: readonly Job[]): Promise<Outcome> {
  const { claim } = run;
  let value: unknown;
  let isStarted = false;
  try {
    const args = [...(decode(claim.args, homeOf(place.queue).revive) as unknown[]), ...joined];
    isStarted = true;
    const context = localContext(run, place);
    place.onStarted(run);
    value = await runInContext(context, () => known.run(...args));
  } catch (thrown) {
    // What it throws when it was told to stop is no failure of the job.
    if (run.stop.aborted) return { kind: 'interrupted' };
    if (!isStarted && thrown instanceof UnknownCodecError) return notHere(thrown);
    const failure = failureWithin(Failure.from(thrown), homeOf(place.queue).maxDataBytes);
    return decideFailure(failure, claim.policyData, (data) => known.policy.jobError(failure, data));
  }
  return decideValue(run, place, known.policy, value);
}

/** What `local` gives: handle and signal are made when the task asks for them. */
function localContext({ claim, stop }: Run, place: RunPlace): LocalContext {
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

function decideValue(run: Run, place: RunPlace, policy: RetryPolicy, value: unknown): Outcome {
  const { maxDataBytes } = homeOf(place.queue);
  return orCommitError(run.claim, policy, () => {
    const continuation = value instanceof Job ? joinJobs([], { then: value }) : value;
    if (continuation instanceof Continuation) {
      return { kind: 'waitsFor', schedule: toSchedule(continuation, run, maxDataBytes) };
    }
    return toDone(run.claim, encode(value, 'result'), maxDataBytes);
  });
}

/** The results of its parts together may be too large where none of them is. */
function decideJoined(claim: ClaimedJob, place: RunPlace, policy: RetryPolicy, joined: Outcome): Outcome {
  if (joined.kind !== 'done') return joined;
  return orCommitError(claim, policy, () => toDone(claim, joined.value, homeOf(place.queue).maxDataBytes));
}

function toDone({ id, task }: ClaimedJob, json: string, maxDataBytes: number): Outcome {
  return { kind: 'done', value: withinSize(json, maxDataBytes, () => `the result of job ${id} (${task})`) };
}

/** R2: what cannot be stored is the policy's to decide. */
function orCommitError(claim: ClaimedJob, policy: RetryPolicy, toOutcome: () => Outcome): Outcome {
  try {
    return toOutcome();
  } catch (error) {
    const failure = Failure.from(error);
    return decideFailure(failure, claim.policyData, (data) => policy.commitError(failure, data));
  }
}

/** What is stored of the jobs that a job waits for: they run in its own queue and lane. */
function toSchedule({ jobs, inOrder, then }: Continuation, { claim, queue }: Run, maxDataBytes: number): Schedule {
  const stored = (job: Job) => {
    if (job.queue !== undefined && job.queue !== queue) {
      throw new BadStatusError(`${String(job)} is in the queue ${job.queue}: only jobs of ${queue} can be waited for`);
    }
    if (job.id === claim.id) throw new BadStatusError(`${String(job)} cannot wait for itself`);
    return { ...joinedStoredJob(job, maxDataBytes), lane: claim.lane };
  };
  return { jobs: jobs.map(stored), inOrder, then: then && stored(then) };
}

function decideFailure(failure: Failure, data: PolicyData, ask: (data: PolicyData) => RetryDecision): Outcome {
  const decision = askPolicy(data, ask);
  if (decision.again) return { kind: 'retry', delay: decision.delay, policyData: decision.policyData };
  return { kind: 'failed', failure, policyProblem: decision.problem };
}

/** The job's own handle, as `local.getJob()` gives it. */
export function handleOf(claim: ClaimedJob, { queue, activation }: Pick<RunPlace, 'queue' | 'activation'>): Job {
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
