// Finds the keys that are left in Redis when all jobs of a run of graphs have been removed.
import { setTimeout } from 'node:timers/promises';
import { isKept } from '../kept-keys.js';
import { ALL_QUEUES, type Fleet } from './fleet-face.js';

/**
 * ms in which looks may find nothing that went. A job in one queue may keep one in another, which
 * goes with the next look; some keys go with an audit, one in each death interval.
 */
const PATIENCE = 20_000;
/** ms at most for each look, and from one to the next. */
const LOOK = 1_500;
const PAUSE = 200;

/**
 * Removes everything, and gives what is left of it but what expires by itself. `isOwn`: whether a
 * key belongs to this run.
 */
export async function leftKeys(
  { redis, prefix, trim }: Fleet,
  isOwn: (key: string) => boolean,
): Promise<readonly string[]> {
  let left: string[] = [];
  let least = Infinity;
  let changedAt = performance.now();
  while (performance.now() - changedAt < PATIENCE) {
    await trim(ALL_QUEUES, LOOK);
    const keys = (await redis.keys(`${prefix}:*`)).filter((key) => !isKept(key) && isOwn(key));
    left = [];
    for (const key of keys) if ((await redis.ttl(key)) < 0) left.push(key);
    if (left.length === 0) break;
    if (left.length < least) changedAt = performance.now();
    least = Math.min(least, left.length);
    await setTimeout(PAUSE);
  }
  return left.slice(0, 20).map((key) => `${key} is left when everything has been removed`);
}
