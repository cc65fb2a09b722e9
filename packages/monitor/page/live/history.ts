// Numbers over time, collected from each status since the page was opened.
import { effect, signal } from '@preact/signals';
import type { FleetStatus } from '@drover/monitor';
import { status } from './fleet.js';

export interface Point {
  /** Redis's clock: ms since 1970. */
  at: number;
  /** Jobs that ended within the minute before. */
  succeeded: number;
  failed: number;
  /** Ms for which the job has been due that waits the longest; 0: none is due. */
  late: number;
}

export const history = signal<readonly Point[]>([]);

/** An hour, with a status each 2 s. */
const MOST = 1_800;

export function keepHistory(): void {
  effect(() => {
    const told = status.value;
    if (told) history.value = [...history.peek(), pointOf(told)].slice(-MOST);
  });
}

/** Since when the job is due that waits the longest; undefined: none is due. */
export function oldestDueOf({ queues }: Pick<FleetStatus, 'queues'>): number | undefined {
  const due = queues.flatMap(({ oldestDue }) => oldestDue ?? []);
  return due.length > 0 ? Math.min(...due) : undefined;
}

function pointOf(told: FleetStatus): Point {
  const { now, queues } = told;
  const sum = (name: 'succeeded' | 'failed') =>
    queues.reduce((total, { lastMinute }) => total + lastMinute[name], 0);
  const late = Math.max(0, now - (oldestDueOf(told) ?? now));
  return { at: now, succeeded: sum('succeeded'), failed: sum('failed'), late };
}
