// The time by which a job must have begun (`beginBy`, Q2): a job that is late fails.
import { Failure, TimeoutError } from '@drover/core';
import {
  hasScheduled,
  type ClaimedJob,
  type LaneStore,
  type StoredJob,
} from '@drover/core/internal';
import type { Decision } from './ask-policy.js';
import type { Outcome } from '../activation/outcome.js';

/** In ms since 1970; infinity: the claimed job has no limit, or has begun and only goes on. */
export async function beginDeadline(claim: ClaimedJob, store: LaneStore): Promise<number> {
  if (hasScheduled(claim.manifest, claim.scheduledChunks)) return Infinity;
  return (await store.beginDeadline(claim.id)) ?? Infinity;
}

/** A retry that would begin after the deadline becomes a failure. */
export function notAgainAfter(
  deadline: number,
  clock: LaneStore['clock'],
  outcome: Outcome,
): Outcome {
  if (outcome.kind !== 'retry' || clock.now() + outcome.delay <= deadline) return outcome;
  return { kind: 'failed', failure: outcome.failure };
}

/** An interrupted job that would run again after its deadline ends instead. */
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

/** A damaged record may hold a number that is not a date. */
function timeText(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? `${time} ms` : date.toISOString();
}
