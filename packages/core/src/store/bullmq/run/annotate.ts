// Sets annotations of a job.
import type { RedisClient } from '../../../redis/connection.js';
import type { LaneKeys } from '../keys.js';
import { checkReply, refusalCode } from '../scripts/refusal.js';
import { runScript } from '../scripts/run-script.js';

/**
 * Sets an annotation of a job, and tells the processes that wait for it.
 * @param token of the job's own run, where that sets it
 * @throws StoreRefusal where there is no such job, or that run has lost it
 */
export async function annotate(
  client: RedisClient,
  keys: LaneKeys,
  jobId: string,
  name: string,
  json: string,
  token?: string,
): Promise<void> {
  const args = [token ?? '', jobId, keys.base, name, json];
  checkReply(await runScript(client, 'annotate', [keys.job(jobId), keys.lock(jobId)], args), jobId);
}

/** Sets an annotation from outside a run; undefined where there is no such job. */
export async function annotateStored(
  client: RedisClient,
  keys: LaneKeys,
  jobId: string,
  name: string,
  json: string,
): Promise<true | undefined> {
  try {
    await annotate(client, keys, jobId, name, json);
    return true;
  } catch (error) {
    if (refusalCode(error) === undefined) throw error;
    return undefined;
  }
}
