// Removes certain jobs of a lane, in short steps (Q11).
import type { RedisClient } from '../../../redis/connection.js';
import { dropRoots } from '../dispatcher/retention.js';
import type { LaneKeys } from '../keys.js';
import { runScript } from '../scripts/run-script.js';

/**
 * Removes pending jobs.
 * @param isRepeated an earlier attempt may have been done: a job that is gone was removed by it
 * @returns for the first jobs, as many as one step takes, whether each was removed
 */
export async function removeSome(
  client: RedisClient,
  keys: LaneKeys,
  ids: readonly string[],
  isRepeated: boolean,
): Promise<boolean[]> {
  const reply = await runScript(client, 'removeAll', [keys.list('wait')], [keys.base, ...ids]);
  return (reply as number[]).map((code) => code === 1 || (isRepeated && code === -1));
}

/**
 * Removes completed jobs that belong to no other stored job, with their children.
 * @returns how many of these jobs are gone
 */
export async function removeEnded(
  client: RedisClient,
  keys: LaneKeys,
  ids: readonly string[],
  mayGoOn: () => boolean,
): Promise<number> {
  return await dropRoots(
    client,
    ids.map((id) => keys.job(id)),
    mayGoOn,
  );
}
