// Decides the next step of a dispatcher for a schedule whose time has come (Q10).
import { lastTime, timeAfter, type PlannedTimes } from './times.js';

/** The fate of times at which no dispatcher ran. */
export type Missed = 'none' | 'latest' | 'all';

/** A look at the schedules of a queue. All in ms since 1970, by Redis's clock. */
export interface Look {
  now: number;
  /** Since then this dispatcher has looked in time: it puts later times, however late. */
  watchedSince: number;
  /** When this dispatcher began to look. */
  beganAt: number;
}

/** One step: the time to put a job for, if any, and the time at which the schedule stands then. */
export type Step = { put: number | undefined; next: number | undefined } | { waitUntil: number };

/**
 * Ms for which a dispatcher that has just begun leaves the times before that to others: one that
 * ran when such a time came puts it within that.
 */
const HANDOVER = 500;

export function hasJustBegun({ now, beganAt }: Pick<Look, 'now' | 'beganAt'>): boolean {
  return now < beganAt + HANDOVER;
}

/** The next step for a schedule that stands at `next`, which has come. */
export function nextStep(
  times: PlannedTimes,
  missed: Missed,
  next: number,
  { now, watchedSince, beganAt }: Look,
): Step {
  if (missed === 'all' || next > watchedSince) return { put: next, next: timeAfter(times, next) };
  if (hasJustBegun({ now, beganAt })) return { waitUntil: beganAt + HANDOVER };
  const last = lastTime(times, next, watchedSince);
  return { put: missed === 'latest' ? last : undefined, next: timeAfter(times, last) };
}
