// Finds jobs that wait for what another program has removed, and lets them go on (J5, J12, O6).
import type { RedisClient } from '../../../redis/connection.js';
import type { LaneKeys } from '../keys.js';
import { runScript } from '../scripts/run-script.js';

/** One call looks at so many jobs of a lane that wait. */
const MOST = 1_000;
/** Jobs that one script looks at. */
const PAGE = 100;

/**
 * Looks once at jobs of a lane that wait for others.
 * @param turn the number of the look: where more wait than one look takes, each looks at those
 *   after the last one's
 * @returns the ids of those that waited for what is gone
 */
export async function settleGone(
  client: RedisClient,
  keys: LaneKeys,
  turn: number,
): Promise<string[]> {
  const waiting = keys.list('waiting-children');
  const count = await client.zcard(waiting);
  const first = count > MOST ? (turn * MOST) % count : 0;
  const ids = count === 0 ? [] : await client.zrange(waiting, first, String(first + MOST - 1));
  const found: string[] = [];
  for (let start = 0; start < ids.length; start += PAGE) {
    const args = [keys.base, keys.root, ...ids.slice(start, start + PAGE)];
    found.push(...((await runScript(client, 'settleGone', [waiting], args)) as string[]));
  }
  return found;
}
