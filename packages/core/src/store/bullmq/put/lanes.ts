// Which lanes a queue has: written down with each job that is stored in one (`note-lane`), so that
// whoever looks for jobs finds it (Q6).
import type { RedisClient } from '../../../redis/connection.js';
import { MAIN_LANE, SYSTEM_LANE } from '../../../lib/names.js';
import { LaneKeys } from '../keys.js';

/** The lanes that every queue has; recovery stands before all else (I8). */
const ALWAYS: readonly string[] = [SYSTEM_LANE, MAIN_LANE];

/** The lanes of a queue: the system lane, the main lane, then the others by name. */
export async function lanesOf(
  client: RedisClient,
  prefix: string,
  queue: string,
): Promise<string[]> {
  const others = await client.smembers(new LaneKeys(prefix, queue, MAIN_LANE).lanes);
  return [...ALWAYS, ...others.sort()];
}

/**
 * The lanes of a queue, and those of `own`, whoever has forgotten them: they are written down
 * again.
 * @param own lanes that this process serves
 */
export async function lanesWithOwn(
  client: RedisClient,
  prefix: string,
  queue: string,
  own: readonly string[],
): Promise<string[]> {
  const known = await lanesOf(client, prefix, queue);
  const missing = own.filter((lane) => !known.includes(lane));
  if (missing.length > 0)
    await client.sadd(new LaneKeys(prefix, queue, MAIN_LANE).lanes, ...missing);
  return [...known, ...missing];
}
