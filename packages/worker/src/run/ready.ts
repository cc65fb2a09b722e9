// The step before the call: finds out whether the task of a claim can be called here and now, and
// how. A claim that has its outcome already, is late or early, or needs something that is missing
// ends without a call.
import { Failure, UnknownTaskError, type Job, type Queue } from '@drover/core';
import {
  gatewayOf,
  hasScheduled,
  retryPolicyNamed,
  severalVersions,
  definedTasks,
  type ClaimedJob,
  type LaneStore,
} from '@drover/core/internal';
import type { Run } from '../activation/activation.js';
import type { Threads } from '../threads/threads.js';
import { beginDeadline, notBegun } from '../policy/begin-by.js';
import type { Middleware } from '../activation/middleware.js';
import { failedFast, firstFailure, join, joinedJobs } from './join.js';
import { resultOutcome, STILL_WAITS, type Outcome } from '../activation/outcome.js';
import { takeSlots, type TakeSlotsDeps } from './take-slots.js';
import { postponeUnroutable } from './unroutable.js';

/** Decides about another job. Resolves to what it did, for people. */
export type SystemTask = (claim: ClaimedJob) => Promise<string>;
/** By name. Their jobs have no events and no history. */
export type SystemTasks = ReadonlyMap<string, SystemTask>;

/** The dependencies of a run that its slot provides. */
export interface RunDeps extends TakeSlotsDeps {
  queue: Queue;
  onStarted: (run: Run) => void;
  /** Around each run of a task, the outermost first (J11). */
  middleware: readonly Middleware[];
  systemTasks: SystemTasks;
  /** Where its agent runs tasks in threads (D7). */
  threads: Threads | undefined;
  /** Interrupts the job of a run, as a cleanup does. */
  interrupt: (run: Run) => Promise<unknown>;
}

/** The function to call. `deadline`: the job's `beginBy` in ms since 1970, infinity for none. */
export type Ready =
  | { call: 'system task'; task: SystemTask; deadline: number }
  | { call: 'thread'; threads: Threads; deadline: number }
  | {
      call: 'task';
      task: (...args: unknown[]) => unknown;
      joined: readonly Job[];
      deadline: number;
    };

/** Drover's own tasks, which compute nothing, run without a thread. */
export const OWN_TASKS = 'drover.';
const NONE: readonly Job[] = [];

/** Throws only errors of the store. Most claims ask nothing of it, and cost no promise. */
export function getReady(run: Run, deps: RunDeps): Ready | Outcome | Promise<Ready | Outcome> {
  const { claim } = run;
  const systemTask = deps.systemTasks.get(claim.task);
  if (systemTask) return { call: 'system task', task: systemTask, deadline: Infinity };
  const decided = decidedBefore(claim);
  if (decided) return decided;
  const { options, manifest, joined } = claim;
  if (options.beginBy !== undefined || options.quotas || options.rateLimits || manifest || joined)
    return getReadyByStore(run, deps);
  return notDue(claim, deps.store) ?? lookUp(claim, deps.threads, Infinity);
}

async function getReadyByStore(run: Run, deps: RunDeps): Promise<Ready | Outcome> {
  const { claim } = run;
  const { store } = deps;
  const deadline =
    claim.options.beginBy === undefined ? Infinity : await beginDeadline(claim, store);
  if (store.clock.now() >= deadline) return { kind: 'failed', failure: notBegun(claim, deadline) };
  const early = notDue(claim, store);
  if (early) return early;
  const ready = lookUp(claim, deps.threads, deadline);
  if (!('call' in ready)) return ready;
  const { manifest } = claim;
  // It does not start: it has waited for its children, and ends.
  const joins = manifest && hasScheduled(manifest, claim.scheduledChunks);
  const { quotas, rateLimits } = claim.options;
  const refused = (quotas || rateLimits) && (await takeSlots(run, deps, !joins));
  if (refused) return refused;
  if (joins) return await join(claim, manifest, store, gatewayOf(deps.queue).maxDataBytes);
  // A thread reads the jobs itself, since handles cannot be sent to it.
  const isRead = ready.call === 'task' || claim.stops;
  if (!isRead || !claim.joined) return ready;
  const joined = await joinedJobs(store, deps.queue, claim.joined);
  if (joined === 'not all have ended') return STILL_WAITS;
  // A joined job was removed. It counts as failed: with `onFailure: 'stop'` the postprocess fails
  // (C2).
  const failed = claim.stops && firstFailure(joined);
  if (failed) return { kind: 'failed', failure: failed };
  if (ready.call === 'task') ready.joined = joined;
  return ready;
}

function notDue({ options, resumeAfter }: ClaimedJob, { clock }: LaneStore): Outcome | undefined {
  const early = Math.max(options.beginAfter ?? 0, resumeAfter) - clock.latest();
  return early > 0 ? { kind: 'postponed', delay: early } : undefined;
}

/** The outcome that is stored with the job already. */
function decidedBefore({ result, verdict }: ClaimedJob): Outcome | undefined {
  // Its callbacks have run (J7).
  if (result) return resultOutcome(result);
  if (!verdict) return undefined;
  const failure = Failure.fromJSON(verdict.failure);
  return verdict.why === 'stopped' ? failedFast(failure) : { kind: 'failed', failure };
}

/** Looks up the job's task, unless a thread has it, and its retry policy (B1). */
function lookUp(
  claim: ClaimedJob,
  threadsOfAgent: Threads | undefined,
  deadline: number,
): Ready | Outcome {
  const { task: name, options } = claim;
  const threads = name.startsWith(OWN_TASKS) ? undefined : threadsOfAgent;
  const task = threads ? undefined : definedTasks.named(name);
  const ready: Ready | undefined = threads
    ? { call: 'thread', threads, deadline }
    : task && { call: 'task', task: task.run, joined: NONE, deadline };
  if (!ready) {
    const what = `the task ${JSON.stringify(name)} is not defined in this process`;
    const unknown = new UnknownTaskError(what + severalVersions());
    return postponeUnroutable(claim, `task:${name}`, unknown);
  }
  try {
    retryPolicyNamed(options.retryPolicy);
    return ready;
  } catch (error) {
    return postponeUnroutable(claim, `policy:${options.retryPolicy}`, error as Error);
  }
}
