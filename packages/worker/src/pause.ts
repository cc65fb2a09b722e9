// Waiting for a time, where there is no event to wait for.
import { setTimeout } from 'node:timers/promises';

/** Resolves after `ms` milliseconds. */
export async function pause(ms: number): Promise<void> {
  await setTimeout(ms);
}

/** A delay that doubles from `first` with each attempt, counted from 0, up to `most` ms. */
export function backoffDelay(attempt: number, first: number, most: number): number {
  return Math.min(first * 2 ** Math.min(attempt, 16), most);
}
