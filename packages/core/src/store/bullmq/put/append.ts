// Appends jobs to the children of a job (C4).
import type { RedisClient } from '../../../redis/connection.js';
import type { NewStoredJob } from '../../../model/records.js';
import { appendedEntry, appendedJobs } from '../appended.js';
import type { JobFields } from '../fields.js';
import { namesIn } from '../children/flow.js';
import type { LaneKeys } from '../keys.js';
import { RefusalCode } from '../scripts/refusal.js';
import { runScript } from '../scripts/run-script.js';

/** The names of the jobs that were appended to a job so far, in order. */
export async function readAppended(
  client: RedisClient,
  keys: LaneKeys,
  jobId: string,
): Promise<string[]> {
  if ((await client.hexists(keys.job(jobId), 'appended')) === 0) return [];
  return namesIn(keys, appendedJobs((await client.hgetall(keys.job(jobId))) as JobFields));
}

/** Appends jobs to one that has not started. False: it has started; undefined: it is not stored. */
export async function appendBefore(
  client: RedisClient,
  keys: LaneKeys,
  jobId: string,
  jobs: readonly NewStoredJob[],
): Promise<boolean | undefined> {
  const args = jobs.flatMap((job) => [job.id, appendedEntry(job)]);
  const reply = await runScript(client, 'append', [keys.job(jobId), keys.lock(jobId)], args);
  return reply === RefusalCode.NO_JOB ? undefined : reply === 1;
}

/**
 * Whether a running job may append to a parent: it is one of its parts, a child of a part at any
 * depth, or a callback of a part.
 */
export async function mayAppend(
  client: RedisClient,
  appenderKey: string,
  parentKey: string,
): Promise<boolean> {
  return (await runScript(client, 'mayAppend', [appenderKey, parentKey], [])) === 1;
}
