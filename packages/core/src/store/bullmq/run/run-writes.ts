// Writes of a run beside its result: annotations, and the results of `local.once`. They are fenced
// by its token (I5).
import type { RedisClient } from '../../../redis/connection.js';
import type { RunPut } from '../../../model/lane-store.js';
import { preparePuts, putArguments } from '../put/commit-puts.js';
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

/** The result of `local.once` under its key; undefined where there is none yet. */
export async function readOnce(
  client: RedisClient,
  keys: LaneKeys,
  { id, token }: { id: string; token: string },
  key: string,
): Promise<string | undefined> {
  const reply = await runScript(client, 'readOnce', [keys.job(id), keys.lock(id)], [token, key]);
  checkReply(reply, id);
  return (reply as string | null) ?? undefined;
}

/**
 * Stores the result of `local.once` with the puts of its function. A result that is there stays.
 */
export async function writeOnce(
  client: RedisClient,
  keys: LaneKeys,
  claim: { id: string; token: string },
  key: string,
  json: string,
  puts: readonly RunPut[],
): Promise<void> {
  await preparePuts(client, keys.prefix, puts);
  const args = [claim.token, key, json, ...putArguments(keys, puts)];
  checkReply(await runScript(client, 'writeOnce', [keys.job(claim.id)], args), claim.id);
}
