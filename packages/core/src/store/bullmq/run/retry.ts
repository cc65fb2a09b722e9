// Lets a failed job run again (O3). Its failed children are made new again when it schedules them.
import type { RedisClient } from '../../../redis/connection.js';
import type { StoredJobOptions } from '../../../model/job-options.js';
import type { Retrial } from '../../../model/records.js';
import { noteDeadlines } from '../put/deadlines.js';
import type { LaneKeys } from '../keys.js';
import { runScript } from '../scripts/run-script.js';

const REPLIES: Readonly<Record<number, Retrial>> = {
  1: 'retried',
  0: 'not completed',
  2: 'succeeded',
  3: 'belongs to one under way',
  4: 'key taken',
  [-1]: 'no such job',
};

/**
 * Puts a failed job at the tail of its lane. Of several calls at the same time one does it.
 * @param call the id of the call: its repetition after a lost reply gets the same answer
 */
export async function retryJob(
  client: RedisClient,
  keys: LaneKeys,
  id: string,
  options: StoredJobOptions,
  call: string,
): Promise<Retrial> {
  // The `beginBy` of the job counts from now.
  await noteDeadlines(client, keys, [{ id, lane: keys.lane, options }]);
  const reply = await runScript(client, 'retryFailed', [keys.job(id)], [id, keys.base, call]);
  return REPLIES[reply as number] ?? 'no such job';
}
