// Lets jobs begin that wait for a job with their key, where another program has removed that (Q8).
import type { RedisClient } from '../../../redis/connection.js';
import type { LaneKeys } from '../keys.js';
import { runScript } from '../scripts/run-script.js';

/** @param keys of the main lane of the queue */
export async function sweepKeys(client: RedisClient, keys: LaneKeys): Promise<void> {
  let cursor = '0';
  do {
    const reply = await runScript(client, 'sweepKeys', [keys.nextKeyed], [keys.base, cursor]);
    cursor = reply as string;
  } while (cursor !== '0');
}
