// The state of the fleet as it was told last, and what has happened since the page was opened.
import { signal } from '@preact/signals';
import type { FleetEvent, FleetStatus } from '@drover/monitor';

export const status = signal<FleetStatus | undefined>(undefined);
/** The last events, the newest first. */
export const events = signal<readonly FleetEvent[]>([]);
/** 'live': by a stream; 'polling': by a question each 2 s; 'away': there is no answer. */
export const connection = signal<'connecting' | 'live' | 'polling' | 'away'>('connecting');
/** The error that Redis or the monitor gives while it is away. */
export const trouble = signal<string | undefined>(undefined);
/** Redis's clock, as far as this page knows it: ms since 1970. It goes on each second. */
export const now = signal(Date.now());
/** Counts up with each status: screens look again. */
export const tick = signal(0);

const MOST_EVENTS = 15;
/** Ms by which Redis's clock is ahead of that of this page. */
let ahead = 0;

export function tellStatus(told: FleetStatus): void {
  ahead = told.now - Date.now();
  status.value = told;
  trouble.value = undefined;
  now.value = told.now;
  tick.value++;
}

export function tellEvent(event: FleetEvent): void {
  events.value = [event, ...events.value].slice(0, MOST_EVENTS);
}

export function tellTime(): void {
  now.value = Date.now() + ahead;
}
