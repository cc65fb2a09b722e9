// Removal of pending jobs from the queue (Q3).
import type { RedisClient } from '../../../redis/connection.js';
import type { NewJobData } from '../../../codec/stored-jobs.js';
import type { Removal } from '../../../model/records.js';
import { orUndefined, parsed } from '../record-checks.js';
import type { LaneKeys } from '../keys.js';
import { runScript } from '../scripts/run-script.js';

/**
 * Removes a pending job.
 * @param call the id of a pull, whose repetition after a lost reply gets the same answer; empty for
 *   a mere removal
 */
export async function removePending(
  client: RedisClient,
  keys: LaneKeys,
  id: string,
  call = '',
): Promise<Removal> {
  const reply = await runScript(client, 'removePending', [keys.job(id)], [id, keys.base, call]);
  if (typeof reply !== 'string') return reply === 0 ? 'not pending' : 'unknown';
  // The removal is done: a damaged callback must not make the call throw (B1).
  const callbacks = orUndefined(() => parsed('callbacks', reply, isCallbacks)) ?? [];
  return { callbacks, pulledBy: call };
}

function isCallbacks(value: unknown): value is NewJobData[] {
  return Array.isArray(value);
}
