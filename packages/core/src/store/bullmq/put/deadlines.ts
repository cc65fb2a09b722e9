// Deadlines of pending jobs with a `beginBy` (Q2). They are stored before the put. Dispatchers
// claim the jobs that are past theirs.
import type { RedisClient } from '../../../redis/connection.js';
import { chunksOf } from '../../../lib/chunks.js';
import { MAIN_LANE } from '../../../lib/names.js';
import type { NewStoredJob } from '../../../model/records.js';
import type { OverdueReply } from '../../../model/stores.js';
import { toFields } from '../fields.js';
import { toClaimedJob } from '../job-records.js';
import { LaneKeys } from '../keys.js';
import { LOCK_DURATION } from '../lock.js';
import { withLongFields } from '../long-fields.js';
import { CHUNK, runScript } from '../scripts/run-script.js';

/**
 * Stores the deadlines of jobs before they are put. For jobs without a `beginBy` it sends nothing.
 */
export async function noteDeadlines(
  client: RedisClient,
  keys: LaneKeys,
  jobs: readonly Pick<NewStoredJob, 'id' | 'lane' | 'options'>[],
): Promise<void> {
  const limited = jobs.filter(({ options }) => options.beginBy !== undefined);
  for (const chunk of chunksOf(limited, CHUNK)) {
    const args = chunk.flatMap(({ id, lane, options: { beginAfter = 0, beginBy = 0 } }) => {
      return [beginAfter, beginBy, `${lane}/${id}`];
    });
    await runScript(client, 'noteDeadlines', [keys.deadlines, keys.system.marker], args);
  }
}

/** Milliseconds since 1970; undefined: there is no limit, or the job has begun. */
export async function readBeginDeadline(
  client: RedisClient,
  keys: LaneKeys,
  id: string,
): Promise<number | undefined> {
  const deadline = await runScript(client, 'beginDeadline', [keys.job(id)], []);
  return deadline === null ? undefined : Number(deadline);
}

/** Claims the first job of a queue that has not begun by its deadline. */
export async function claimOverdue(
  client: RedisClient,
  prefix: string,
  queue: string,
  claim: { token: string; owner: string; now: number },
): Promise<OverdueReply> {
  const main = new LaneKeys(prefix, queue, MAIN_LANE);
  const args = [main.queueBase, MAIN_LANE, claim.token, claim.owner, LOCK_DURATION, claim.now];
  const reply = (await runScript(client, 'claimOverdue', [main.deadlines], args)) as
    [string, string, string[]] | [number];
  if (reply.length === 1) return { lookAgainAt: Number(reply[0]) };
  const [lane, id, flat] = reply;
  const keys = new LaneKeys(prefix, queue, lane);
  const fields = await withLongFields(client, keys.job(id), toFields(flat));
  return { job: toClaimedJob(keys, id, claim.token, fields) };
}
