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
  type RedisClient,
  type ReviveJob,
  type Schedule,
  type StoredJob,
  type StoredResult,
} from '@drover/core/internal';
import type { Activation, Run } from './activation.js';
import { beginDeadline, notAgainAfter, notBegun } from './begin-by.js';
import { askPolicy } from './decide.js';
import { firstFailure, joinedJobs, joinResult, stoppedBy } from './join.js';
import type { Outcome } from './outcome.js';
import type { Threads } from './threads.js';
import { takeSlots } from './take-slots.js';

/** Where a job runs. */
export interface RunPlace {
  store: LaneStore;
  queue: Queue;
  client: RedisClient;
  activation: Activation;
  onStarted: (run: Run) => void;
  onTrouble: (error: Error) => void;
  /** Where its agent runs tasks in threads (D7). */
  threads: Threads | undefined;
}

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

/** Drover's own tasks need no thread: they compute nothing. */
const OWN_TASKS = 'drover.';

/** A job that cannot be run here is offered again after this many ms, so that another process can take it. */
const POSTPONE = 1_000;

/** Runs a claimed job up to its outcome. Throws only what the store throws. */
export async function runJob(run: Run, place: RunPlace): Promise<Outcome> {
  const { claim } = run;
  if (claim.result) return storedOutcome(claim.result);
  if (claim.aborted) return { kind: 'failed', failure: Failure.fromJSON(claim.aborted) };
  if (claim.stopped) return stoppedBy(Failure.fromJSON(claim.stopped));
  const deadline = claim.options.beginBy === undefined ? Infinity : await beginDeadline(claim, place.store);
  if (systemClock.now() > deadline) return { kind: 'failed', failure: notBegun(claim, deadline) };
  const early = Math.max(claim.options.beginAfter ?? 0, claim.resumeAfter) - systemClock.now();
  if (early > 0) return { kind: 'postponed', delay: early };
  const threads = claim.task.startsWith(OWN_TASKS) ? undefined : place.threads;
  const known = prepare(claim, threads !== undefined);
  if ('missing' in known) return notHere(Failure.from(known.missing));
  const unable = claim.options.quotas && (await takeSlots(run, place));
  if (unable) return unable;
  const { manifest } = claim;
  if (manifest && claim.scheduledChunks >= manifest.chunks) {
    return decideJoined(claim, place, known.policy, await joinResult(place.store, manifest));
  }
  if (claim.stops && claim.joined) {
    // One of them was taken away without a word: it counts as failed, and whoever waits for them ends with that (C2).
    const results = await joinedJobs(place.store, homeOf(place.queue), claim.joined);
    const failed = typeof results === 'object' && firstFailure(results);
    if (failed) return { kind: 'failed', failure: failed };
  }
  if (threads) return notAgainAfter(deadline, await callInThread(run, place, threads, known.policy));
  const joined = claim.joined && (await joinedJobs(place.store, homeOf(place.queue), claim.joined));
  if (joined === 'not all have ended') return { kind: 'waitsFor', schedule: undefined };
  const called = await callTask(run, place, known.run, joined ?? []);
  return notAgainAfter(deadline, decideCalled(run, known.policy, called));
}

/** Something that it needs is not defined in this process: another one may have it (B1). */
function notHere(reason: Failure): Outcome {
  return { kind: 'postponed', delay: POSTPONE, reason };
}

/** It has its result already: its callbacks ran, and it ends with that (J7). */
function storedOutcome(result: StoredResult): Outcome {
  return 'value' in result
    ? { kind: 'done', value: result.value }
    : { kind: 'failed', failure: Failure.fromJSON(result.failure) };
}

/** A result as a callback gets it. */
function valueOf(result: StoredResult, revive: ReviveJob): unknown {
  return 'value' in result ? decode(result.value, revive) : Failure.fromJSON(result.failure);
}

interface Known {
  run: (...args: unknown[]) => unknown;
  policy: RetryPolicy;
}

/** What running the job needs of this process: its policy, and its task unless a thread has it. */
function prepare(claim: ClaimedJob, inThread: boolean): Known | { missing: Error } {
  const task = inThread ? { run: () => {} } : taskNamed(claim.task);
  if (!task)
    return { missing: new UnknownTaskError(`the task ${JSON.stringify(claim.task)} is not defined in this process`) };
  try {
    return { run: task.run, policy: retryPolicyNamed(claim.options.retryPolicy) };
  } catch (error) {
    return { missing: error as Error };
  }
}

async function callInThread(run: Run, place: RunPlace, threads: Threads, policy: RetryPolicy): Promise<Outcome> {
  const reply = await threads.call(run, () => place.onStarted(run));
  if (reply.kind === 'not all have ended') return { kind: 'waitsFor', schedule: undefined };
  return decideCalled(run, policy, 'failure' in reply ? { ...reply, failure: Failure.fromJSON(reply.failure) } : reply);
}

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

function decideCalled({ claim, stop }: Run, policy: RetryPolicy, called: Called): Outcome {
  switch (called.kind) {
    case 'value':
      return { kind: 'done', value: called.value };
    case 'missing':
      return notHere(called.failure);
    case 'schedule':
      return { kind: 'waitsFor', schedule: called.schedule };
    case 'thrown':
      // What it throws when it was told to stop is no failure of the job.
      if (stop.aborted) return { kind: 'interrupted' };
      return decideFailure(called.failure, claim.policyData, (data) => policy.jobError(called.failure, data));
    case 'unstorable':
      return decideFailure(called.failure, claim.policyData, (data) => policy.commitError(called.failure, data));
  }
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

/** The results of its parts together may be too large where none of them is. */
function decideJoined(claim: ClaimedJob, place: RunPlace, policy: RetryPolicy, joined: Outcome): Outcome {
  if (joined.kind !== 'done') return joined;
  try {
    return { kind: 'done', value: resultWithin(claim, joined.value, homeOf(place.queue).maxDataBytes) };
  } catch (error) {
    // R2: what cannot be stored is the policy's to decide.
    const failure = Failure.from(error);
    return decideFailure(failure, claim.policyData, (data) => policy.commitError(failure, data));
  }
}

function resultWithin({ id, task }: ClaimedJob, json: string, maxDataBytes: number): string {
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

function decideFailure(failure: Failure, data: PolicyData, ask: (data: PolicyData) => RetryDecision): Outcome {
  const decision = askPolicy(data, ask);
  if (decision.again) return { kind: 'retry', failure, delay: decision.delay, policyData: decision.policyData };
  return { kind: 'failed', failure, policyProblem: decision.problem };
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
