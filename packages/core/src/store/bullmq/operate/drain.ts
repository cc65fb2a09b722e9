// Removes the pending jobs of a queue (Q11).
import { readClock } from '../../../redis/clock.js';
import type { UseStore } from '../queue-access.js';
import { runScript } from '../scripts/run-script.js';
import { ownLanes, stepsOf } from './steps.js';

/** The lists of pending jobs. Jobs that removals release come to the first two. */
const LISTS = ['wait', 'prioritized', 'parked', 'delayed'] as const;

type Reply = [removed: number, skip: number, opened: number, areMore: number];

/**
 * Removes the pending jobs that were put before the call, in short steps. See `drain-1.lua` for
 * those that stay.
 * @param mayGoOn asked before each step
 * @returns the number of removed jobs; those of a step whose reply was lost are not counted
 */
export async function drainLanes(use: UseStore, mayGoOn: () => boolean): Promise<number> {
  const step = stepsOf(use);
  const before = Math.floor(await step(({ client }) => readClock(client)));
  let removed = 0;
  // Claims and removals move the entries of a list: it is looked through until nothing is removed.
  for (let hasChanged = true; hasChanged && mayGoOn();) {
    hasChanged = false;
    for (const lane of await step(ownLanes)) {
      for (const list of LISTS) {
        for (let skip = 0, areMore = 1; areMore === 1 && mayGoOn();) {
          const args = [lane.base, skip, before];
          const reply = await step(({ client }) =>
            runScript(client, 'drain', [lane.list(list)], args),
          );
          const [count, next, opened, more] = reply as Reply;
          removed += count;
          hasChanged ||= count + opened > 0;
          [skip, areMore] = [next, more];
        }
      }
    }
  }
  return removed;
}
