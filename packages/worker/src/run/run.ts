// Running a claimed job: prepare → call → decide. What comes of it is an Outcome, which `commit`
// stores.
import { Failure, UnknownTaskError, type RetryPolicy } from '@drover/core';
import {
  definedPolicy,
  hasScheduled,
  gatewayOf,
  PICK_CALLBACK,
  retryPolicyNamed,
  severalVersions,
  taskNamed,
  type ClaimedJob,
  type CommittablePuts,
  type RunPut,
} from '@drover/core/internal';
import type { Run } from '../activation/activation.js';
import { beginDeadline, notAgainAfter, notBegun } from '../policy/begin-by.js';
import { callTask, resultWithin, type CallDeps } from './call.js';
import { decideFailure } from '../policy/decide.js';
import { firstFailure, joinedJobs, joinResult, STILL_WAITS, stoppedBy } from './join.js';
import { resultOutcome, type Called, type Outcome } from '../activation/outcome.js';
import type { ThreadReply } from '../threads/thread-messages.js';
import type { Threads } from '../threads/threads.js';
import { takeSlots } from './take-slots.js';

/** Where a job runs. */
export interface RunDeps extends CallDeps {
  /** Where its agent runs tasks in threads (D7). */
  threads: Threads | undefined;
  /** Interrupts the job of a run, as the cleaner does. */
  interrupt: (run: Run) => Promise<unknown>;
}

/** Drover's own tasks need no thread: they compute nothing. */
const OWN_TASKS = 'drover.';

/**
 * A job that cannot be run here is offered again after this many ms, doubling with each time, so
 * that another process can take it.
 */
const FIRST_OFFER = 1_000;
const LAST_OFFER = 30_000;

/** Runs a claimed job up to its outcome. Throws only what the store throws. */
export async function runJob(run: Run, deps: RunDeps): Promise<Outcome> {
  const { claim } = run;
  // Its callbacks ran, and it ends with the result that it has (J7).
  if (claim.result) return resultOutcome(claim.result);
  if (claim.cancelled) return { kind: 'failed', failure: Failure.fromJSON(claim.cancelled) };
  if (claim.aborted) return { kind: 'failed', failure: Failure.fromJSON(claim.aborted) };
  if (claim.stopped) return stoppedBy(Failure.fromJSON(claim.stopped));
  const deadline =
    claim.options.beginBy === undefined ? Infinity : await beginDeadline(claim, deps.store);
  if (deps.store.clock.now() >= deadline)
    return { kind: 'failed', failure: notBegun(claim, deadline) };
  const early =
    Math.max(claim.options.beginAfter ?? 0, claim.resumeAfter) - deps.store.clock.latest();
  if (early > 0) return { kind: 'postponed', delay: early };
  const threads = claim.task.startsWith(OWN_TASKS) ? undefined : deps.threads;
  const known = prepare(claim, threads !== undefined);
  if ('missing' in known) return postponeUnroutable(claim, known.needs, known.missing);
  const unable = claim.options.quotas && (await takeSlots(run, deps));
  if (unable) return unable;
  const { manifest } = claim;
  if (manifest && hasScheduled(manifest, claim.scheduledChunks)) {
    return decideJoined(claim, deps, known.policy, await joinResult(deps.store, claim, manifest));
  }
  // A thread reads them itself, since handles cannot be sent to it.
  const isRead = !threads || claim.stops;
  const joined =
    isRead && claim.joined ? await joinedJobs(deps.store, gatewayOf(deps.queue), claim.joined) : [];
  if (joined === 'not all have ended') return STILL_WAITS;
  // One of them was taken away without a word: it counts as failed, and whoever waits for them ends
  // with that (C2).
  const failed = claim.stops && firstFailure(joined);
  if (failed) return { kind: 'failed', failure: failed };
  if (threads)
    return notAgainAfter(
      deadline,
      deps.store.clock,
      await callInThread(run, deps, threads, known.policy),
    );
  const called = await callTask(run, deps, known.run, joined);
  return notAgainAfter(deadline, deps.store.clock, decideCalled(run, known.policy, called));
}

/** Something that it needs is not defined in this process: another one may have it (B1). */
function postponeUnroutable(
  { unroutableOffers }: ClaimedJob,
  needs: string,
  { message }: { message: string },
): Outcome {
  const delay = Math.min(FIRST_OFFER * 2 ** unroutableOffers, LAST_OFFER);
  return { kind: 'postponed', delay, unknown: { needs, reason: message } };
}

/**
 * Whether what other processes did not know is defined in this one. Of codecs only a job's
 * arguments tell.
 */
export function isKnownHere(needs: string): boolean {
  const [kind, name] = [needs.slice(0, needs.indexOf(':')), needs.slice(needs.indexOf(':') + 1)];
  if (kind === 'task') return taskNamed(name) !== undefined;
  return kind === 'policy' && definedPolicy(name) !== undefined;
}

interface Known {
  run: (...args: unknown[]) => unknown;
  policy: RetryPolicy;
}

/** What running the job needs of this process: its policy, and its task unless a thread has it. */
function prepare(claim: ClaimedJob, inThread: boolean): Known | { missing: Error; needs: string } {
  const task = inThread ? { run: () => {} } : taskNamed(claim.task);
  if (!task) {
    const what = `the task ${JSON.stringify(claim.task)} is not defined in this process${severalVersions()}`;
    const missing = new UnknownTaskError(what);
    return { missing, needs: `task:${claim.task}` };
  }
  try {
    return { run: task.run, policy: retryPolicyNamed(claim.options.retryPolicy) };
  } catch (error) {
    return { missing: error as Error, needs: `policy:${claim.options.retryPolicy}` };
  }
}

async function callInThread(
  run: Run,
  deps: RunDeps,
  threads: Threads,
  policy: RetryPolicy,
): Promise<Outcome> {
  const reply = await threads.call(run, () => deps.onStarted(run));
  if (reply.kind === 'not all have ended') return STILL_WAITS;
  if (reply.kind === 'thread lost')
    return { kind: 'interrupted', atOnce: () => deps.interrupt(run) };
  return decideCalled(run, policy, fromThread(reply));
}

function fromThread(reply: Exclude<ThreadReply, { kind: 'not all have ended' }>): Called {
  if ('failure' in reply) return { ...reply, failure: Failure.fromJSON(reply.failure) };
  return { ...reply, puts: reply.puts && putsOfThread(reply.puts) };
}

/** The handles of what a thread has put are in the thread. */
function putsOfThread(stored: readonly RunPut[]): CommittablePuts {
  let isSettled = false;
  return {
    stored,
    committed: () => (isSettled = true),
    dropped: () => {
      const tasks = isSettled ? [] : stored.map(({ job }) => job.task);
      isSettled = true;
      return tasks;
    },
  };
}

function decideCalled(run: Run, policy: RetryPolicy, called: Called): Outcome {
  const { claim, stop } = run;
  if (called.dropped) run.dropped = called.dropped;
  switch (called.kind) {
    case 'value':
      return { kind: 'done', value: called.value, puts: called.puts };
    case 'missing':
      return postponeUnroutable(
        claim,
        called.failure.name === 'UnknownTaskError' ? `task:${claim.task}` : 'codec',
        called.failure,
      );
    case 'damaged':
      return { kind: 'deadLetter', reason: called.failure.message };
    case 'schedule':
      return { kind: 'waitsFor', schedule: called.schedule, puts: called.puts };
    case 'thrown':
      // What it throws when it was told to stop is no failure of the job.
      if (stop.aborted) return { kind: 'interrupted' };
      // It passes the result of its job through (J7): another run would fail with the same.
      if (claim.task === PICK_CALLBACK) return { kind: 'failed', failure: called.failure };
      return decideFailure(called.failure, claim.policyData, (data) =>
        policy.jobError(called.failure, data),
      );
    case 'unstorable':
      return decideFailure(called.failure, claim.policyData, (data) =>
        policy.commitError(called.failure, data),
      );
  }
}

/** The results of its parts together may be too large where none of them is. */
function decideJoined(
  claim: ClaimedJob,
  deps: RunDeps,
  policy: RetryPolicy,
  joined: Outcome,
): Outcome {
  if (joined.kind !== 'done') return joined;
  try {
    return {
      kind: 'done',
      value: resultWithin(claim, joined.value, gatewayOf(deps.queue).maxDataBytes),
    };
  } catch (error) {
    // R2: what cannot be stored is the policy's to decide.
    const failure = Failure.from(error);
    return decideFailure(failure, claim.policyData, (data) => policy.commitError(failure, data));
  }
}
