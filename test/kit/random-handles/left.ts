// What is left in Redis when all jobs of a run of graphs have been removed.
import { ALL_QUEUES, type Fleet } from './fleet-face.js';

/** For ever, and small, as docs/PROTOCOL.md says. */
const KEPT =
  /:(meta|id|events|marker|lanes|quotas|quotas:arrivals|retention|begin-by|dispatchers|dispatcher:[0-9a-f-]{36})$/;

/** A job in one queue may keep one in another, which goes with the next look. So many looks may remove nothing. */
const LOOKS = 8;
/** ms for each. */
const LOOK = 1_500;

/**
 * Removes everything, and gives what is left of it but what expires by itself. `isOwn`: whether a
 * key belongs to this run.
 */
export async function leftKeys(
  { redis, prefix, trim }: Fleet,
  isOwn: (key: string) => boolean,
): Promise<readonly string[]> {
  let left: string[] = [];
  let before = Infinity;
  for (let look = 0; look < LOOKS; look++) {
    await trim(ALL_QUEUES, LOOK);
    const keys = (await redis.keys(`${prefix}:*`)).filter((key) => !KEPT.test(key) && isOwn(key));
    left = [];
    for (const key of keys) if ((await redis.ttl(key)) < 0) left.push(key);
    if (left.length === 0) break;
    if (left.length < before) look = 0;
    before = Math.min(before, left.length);
  }
  return left.slice(0, 20).map((key) => `${key} is left when everything has been removed`);
}
