// How many jobs have ended lately in all queues, in steps of equal length.
import { inTurns } from './in-turns.js';
import type { Sources } from './sources.js';

export interface ActivityStep {
  /** Jobs ended from then on, and before `to`: ms since 1970, by Redis's clock. */
  from: number;
  to: number;
  /** How many, as far as retention has kept them (J9). */
  succeeded: number;
  failed: number;
}

export interface FleetActivity {
  /** Redis's clock: ms since 1970. */
  now: number;
  /** Ms before `now`. */
  within: number;
  succeeded: number;
  failed: number;
  /** The oldest first. */
  steps: ActivityStep[];
}

interface Sums {
  succeeded: number;
  failed: number;
}

/** Each lane is asked once for each step. */
export async function readFleetActivity(
  sources: Sources,
  within: number,
  steps: number,
): Promise<FleetActivity> {
  const names = await sources.queueNames();
  const lengths = Array.from({ length: steps }, (_, i) => Math.round((within * (i + 1)) / steps));
  const now = await sources.now();
  // From a time up to now: a step is the difference of two of them.
  const sums: Sums[] = [];
  for (const length of lengths) {
    const read = await inTurns(names, (name) => sources.queue(name).activity({ within: length }));
    sums.push({ succeeded: total(read, 'succeeded'), failed: total(read, 'failed') });
  }
  const { succeeded, failed } = sums.at(-1) ?? { succeeded: 0, failed: 0 };
  const found = lengths.map((length, i): ActivityStep => {
    const [last = 0, upTo] = i > 0 ? [lengths[i - 1], sums[i - 1]] : [0, undefined];
    const of = (name: keyof Sums) => Math.max(0, (sums[i]?.[name] ?? 0) - (upTo?.[name] ?? 0));
    return { from: now - length, to: now - last, succeeded: of('succeeded'), failed: of('failed') };
  });
  return { now, within, succeeded, failed, steps: found.reverse() };
}

function total(of: readonly Sums[], name: keyof Sums): number {
  return of.reduce((sum, one) => sum + one[name], 0);
}
