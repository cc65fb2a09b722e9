// Reads what is stored of a job beside its handle.
import type { RedisClient } from '../../../redis/connection.js';
import type { JobDetails } from '../../../model/reports/job-details.js';
import type { PolicyData } from '../../../model/retry/policy.js';
import type { LaneKeys } from '../keys.js';
import { toNamed } from '../fields.js';
import { isObject, orUndefined, parsed } from '../record-checks.js';
import { findJob } from './read.js';

/** About so many results of `local.once` are read. */
const MOST_ONCE = 200;

/** Undefined: there is no such job in the queue. @param keys of the queue's main lane */
export async function readDetails(
  client: RedisClient,
  keys: LaneKeys,
  id: string,
): Promise<JobDetails | undefined> {
  const job = await findJob(client, keys, id);
  if (!job) return undefined;
  const own = keys.sibling(job.lane);
  const onceKey = `${own.job(id)}:once`;
  const [fields, onceCount, [, once]] = await Promise.all([
    client.hmget(own.job(id), 'ats', 'policyData', 'retries'),
    client.hlen(onceKey),
    client.hscan(onceKey, '0', 'COUNT', MOST_ONCE),
  ]);
  const [claims, policyData, retries] = fields;
  const { verdict, result } = job;
  return {
    ...{ id, task: job.task, queue: keys.queue, lane: job.lane, args: job.args },
    ...(result && 'value' in result && { value: result.value }),
    // A part of a pack has no record of its own.
    fence: Number(claims ?? job.claims),
    policyData:
      orUndefined(() => parsed('policyData', policyData ?? undefined, isObject<PolicyData>)) ?? {},
    retries: Number(retries ?? 0),
    once: toNamed(once.slice(0, 2 * MOST_ONCE)),
    onceCount,
    ...(verdict && { verdict: { why: verdict.why, message: verdict.failure.message } }),
  };
}
