// Listing the jobs of one lane by status, in the order in which they run.
import type { RedisClient } from '../../connection.js';
import { JobStatus, statusOf } from '../../job-state.js';
import type { StoredJob } from '../store.js';
import type { LaneKeys } from './keys.js';
import { readJobs } from './read.js';

/** How many jobs of a lane are pending, due or not. */
export async function countPending(client: RedisClient, keys: LaneKeys): Promise<number> {
  const [due, delayed] = await Promise.all([client.llen(keys.list('wait')), client.zcard(keys.list('delayed'))]);
  return due + delayed;
}

/** The jobs of a lane that have one of these statuses, in the order in which they run; completed ones newest first. */
export async function listJobs(
  client: RedisClient,
  keys: LaneKeys,
  statuses: ReadonlySet<JobStatus>,
  limit: number,
): Promise<StoredJob[]> {
  const ids = await Promise.all(candidateLists(statuses).map((list) => idsOf(client, keys, list, limit)));
  const jobs = await readJobs(client, keys, [...new Set(ids.flat())]);
  return jobs.filter((job) => job !== undefined).filter((job) => statuses.has(statusOf(job)));
}

type List = 'wait' | 'delayed' | 'active' | 'waiting-children' | 'completed' | 'failed';

/** Where in BullMQ jobs of these statuses can be. */
function candidateLists(statuses: ReadonlySet<JobStatus>): List[] {
  const lists = new Set<List>();
  if (statuses.has(JobStatus.PENDING)) ['wait', 'delayed'].forEach((list) => lists.add(list as List));
  if (statuses.has(JobStatus.ACTIVE) || statuses.has(JobStatus.CALLBACKS)) {
    // A suspended job that was woken waits for its last claim.
    ['active', 'waiting-children', 'wait'].forEach((list) => lists.add(list as List));
  }
  if (statuses.has(JobStatus.NEW)) lists.add('waiting-children');
  if (statuses.has(JobStatus.COMPLETED)) ['completed', 'failed'].forEach((list) => lists.add(list as List));
  return [...lists];
}

/** The first ids of a list, the next to run first: BullMQ takes from the right of its wait list. */
async function idsOf(client: RedisClient, keys: LaneKeys, list: List, limit: number): Promise<string[]> {
  const key = keys.list(list);
  if (list === 'wait' || list === 'active') return (await client.lrange(key, -limit, -1)).reverse();
  if (list === 'completed' || list === 'failed') return await client.zrevrange(key, 0, limit - 1);
  return await client.zrange(key, 0, String(limit - 1));
}
