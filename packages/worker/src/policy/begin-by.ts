// What has not begun in time (Q2): it ends as failed, by the way of every other job, whether an
// agent is free for it or not.
import { Failure, TimeoutError } from '@drover/core';
import {
  claimOverdue,
  hasScheduled,
  clockOf,
  type Clock,
  type ClaimedJob,
  type LaneStore,
  type StoredJob,
} from '@drover/core/internal';
import type { Activation } from '../activation/activation.js';
import type { DispatcherContext } from '../context/context.js';
import type { Decision } from './decide.js';
import type { Outcome } from '../activation/outcome.js';

export interface OverdueDeps {
  context: DispatcherContext;
  activation: Activation;
  queue: string;
  /** Runs a claimed job to its end: it finds that the job is overdue. */
  execute: (claim: ClaimedJob, store: LaneStore) => Promise<unknown>;
}

/** So many are ended before anything else gets its turn. */
const MOST = 100;

/**
 * Durations the pending jobs of a queue that have not begun in time. Gives the time of the next look: ms
 * since 1970, 0 for never.
 */
export async function endOverdue({
  context,
  activation,
  queue,
  execute,
}: OverdueDeps): Promise<number> {
  const { client, prefix, settings } = context;
  for (let count = 0; count < MOST && activation.mayClaim; count++) {
    const token = activation.newToken();
    try {
      const now = clockOf(client).now();
      const reply = await claimOverdue(client, prefix, queue, { token, owner: settings.uuid, now });
      if ('job' in reply) {
        // A stop does not wait for it here, but as for all that runs.
        void execute(reply.job, context.laneStore(queue, reply.job.lane))
          .catch(context.reportError)
          .finally(() => activation.retire(token));
        continue;
      }
      activation.retire(token);
      if (reply.lookAgainAt === 0 || reply.lookAgainAt > now) return reply.lookAgainAt;
    } catch (error) {
      activation.retire(token);
      throw error;
    }
  }
  return clockOf(client).now();
}

/**
 * By when a claimed job that has a `beginBy` must have begun, in ms since 1970; infinity: there is
 * no limit.
 */
export async function beginDeadline(claim: ClaimedJob, store: LaneStore): Promise<number> {
  // It has begun, and goes on: it is not begun once more.
  if (hasScheduled(claim.manifest, claim.scheduledChunks)) return Infinity;
  return (await store.beginDeadline(claim.id)) ?? Infinity;
}

/** Past its deadline a job is not run again: it fails as it did. */
export function notAgainAfter(deadline: number, clock: Clock, outcome: Outcome): Outcome {
  if (outcome.kind !== 'retry' || clock.now() + outcome.delay <= deadline) return outcome;
  return { kind: 'failed', failure: outcome.failure };
}

/** After an interrupt past its deadline a job is not put back. */
export async function notAfterInterrupt(
  job: StoredJob,
  store: LaneStore,
  decision: Decision,
): Promise<Decision> {
  if (!decision.again || job.options.beginBy === undefined) return decision;
  const deadline = (await store.beginDeadline(job.id)) ?? Infinity;
  if (store.clock.now() + decision.delay <= deadline) return decision;
  return { again: false, problem: notBegun(job, deadline), isLate: true };
}

/** The failure of a job that has not begun in time. */
export function notBegun({ id, task }: Pick<StoredJob, 'id' | 'task'>, deadline: number): Failure {
  return Failure.from(
    new TimeoutError(
      `job ${id} (${task}) was to begin by ${timeText(deadline)}: it is not run after that`,
    ),
  );
}

/** A damaged record may name a time that is no date. */
function timeText(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? `${time} ms` : date.toISOString();
}
