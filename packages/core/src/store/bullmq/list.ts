// Listing the jobs of one lane by status, in the order in which they run.
import type { RedisClient } from '../../connection.js';
import { JobStatus, statusOf } from '../../job-state.js';
import type { StoredJob } from '../store.js';
import type { LaneKeys } from './keys.js';
import { readJobs } from './read.js';
import { runScript } from './run-script.js';

/** Lists are looked through in pieces of this many. */
const PAGE = 1_000;

/**
 * How many jobs of a lane are pending, due or not. A job that was woken is in BullMQ's wait list too, near its head, but it is
 * active: it is not counted, as long as fewer than a thousand jobs stand before it.
 */
export async function countPending(client: RedisClient, keys: LaneKeys): Promise<number> {
  return Number(await runScript(client, 'countPending', [keys.list('wait'), keys.list('delayed')], [keys.base, PAGE]));
}

/** The jobs of a lane that have one of these statuses, in the order in which they run; completed ones newest first. */
export async function listJobs(
  client: RedisClient,
  keys: LaneKeys,
  statuses: ReadonlySet<JobStatus>,
  limit: number,
): Promise<StoredJob[]> {
  const jobs: StoredJob[] = [];
  for (const ids of sourcesOf(client, keys, statuses)) {
    for (let start = 0; jobs.length < limit; start += PAGE) {
      const page = await ids(start, start + PAGE - 1);
      const found = await readJobs(client, keys, page);
      jobs.push(...found.filter((job) => job !== undefined).filter((job) => statuses.has(statusOf(job))));
      if (page.length < PAGE) break;
    }
  }
  return jobs.slice(0, limit);
}

/** Gives the ids from one position to another, both counted. */
type Source = (start: number, stop: number) => Promise<string[]>;

/** Where in BullMQ jobs of these statuses can be: each list is looked through once. */
function sourcesOf(client: RedisClient, keys: LaneKeys, statuses: ReadonlySet<JobStatus>): Source[] {
  const isActive = statuses.has(JobStatus.ACTIVE) || statuses.has(JobStatus.CALLBACKS);
  const isPending = statuses.has(JobStatus.PENDING);
  const sources: Source[] = [];
  if (isActive) sources.push(ofList(client, keys.list('active')));
  if (isActive || statuses.has(JobStatus.NEW)) sources.push(ofSet(client, keys.list('waiting-children')));
  // A suspended job that was woken waits for its last claim among those that are pending.
  if (isActive || isPending) sources.push(ofList(client, keys.list('wait')));
  if (isPending) sources.push(ofSet(client, keys.list('delayed')));
  if (statuses.has(JobStatus.COMPLETED)) sources.push(ofFinished(client, keys));
  return sources;
}

/** BullMQ takes from the right of its lists. */
function ofList(client: RedisClient, key: string): Source {
  return async (start, stop) => (await client.lrange(key, -stop - 1, -start - 1)).reverse();
}

function ofSet(client: RedisClient, key: string): Source {
  return async (start, stop) => await client.zrange(key, start, String(stop));
}

/** BullMQ keeps the completed and the failed apart: here they are one list, by the time at which they ended. */
function ofFinished(client: RedisClient, keys: LaneKeys): Source {
  return async (start, stop) => {
    const lists = await Promise.all(
      (['completed', 'failed'] as const).map((name) => client.zrevrange(keys.list(name), 0, stop, 'WITHSCORES')),
    );
    const ended = lists.flatMap(inPairs).sort((a, b) => b.at - a.at);
    return ended.slice(start, stop + 1).map(({ id }) => id);
  };
}

function inPairs(flat: readonly string[]): { id: string; at: number }[] {
  const pairs = [];
  for (let i = 0; i + 1 < flat.length; i += 2) pairs.push({ id: flat[i] as string, at: Number(flat[i + 1]) });
  return pairs;
}
