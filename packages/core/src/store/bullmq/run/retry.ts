// Letting a failed job run again (O3). What failed below it is made new again when the job
// schedules it: see `schedule`.
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
  [-1]: 'no such job',
};

/**
 * Lets a failed job run again, at the tail of its lane. Of several calls at the same time one does.
 * @param call who asks: the same call, made again where its reply was lost, is told what it did
 */
export async function retryJob(
  client: RedisClient,
  keys: LaneKeys,
  id: string,
  options: StoredJobOptions,
  call: string,
): Promise<Retrial> {
  // As before a put: its `beginBy` counts from now.
  await noteDeadlines(client, keys, [{ id, lane: keys.lane, options }]);
  const reply = await runScript(client, 'retryFailed', [keys.job(id)], [id, keys.base, call]);
  return REPLIES[reply as number] ?? 'no such job';
}
