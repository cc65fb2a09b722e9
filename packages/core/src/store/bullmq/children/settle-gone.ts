// Settles dependencies that another program has removed (J5, J12, O6).
import type { RedisClient } from '../../../redis/connection.js';
import { chunksOf } from '../../../lib/chunks.js';
import type { LaneKeys } from '../keys.js';
import { runScript } from '../scripts/run-script.js';

/** One call looks at so many waiting jobs of a lane. */
const MAX_JOBS = 1_000;
/** One script call looks at so many. */
const PAGE = 100;

/**
 * Looks once at the waiting jobs of a lane.
 * @param turn the number of the look: where more jobs wait than one look takes, the next look goes
 *   on after them
 * @returns the ids of the jobs that waited for a job that is gone
 */
export async function settleGone(
  client: RedisClient,
  keys: LaneKeys,
  turn: number,
): Promise<string[]> {
  const waiting = keys.list('waiting-children');
  const count = await client.zcard(waiting);
  const first = count > MAX_JOBS ? (turn * MAX_JOBS) % count : 0;
  const ids = count === 0 ? [] : await client.zrange(waiting, first, String(first + MAX_JOBS - 1));
  const found: string[] = [];
  for (const page of chunksOf(ids, PAGE)) {
    const args = [keys.base, keys.root, ...page];
    found.push(...((await runScript(client, 'settleGone', [waiting], args)) as string[]));
  }
  return found;
}
