// Lists jobs by status, in the order in which they run. A page reads little more than it shows.
import type { RedisClient } from '../../../redis/connection.js';
import { chunksOf, pairsOf } from '../../../lib/chunks.js';
import { JobStatus, statusOf, type StoredState } from '../../../model/job-state.js';
import type { StoredJob } from '../../../model/records.js';
import type { LaneKeys } from '../keys.js';
import { readJobs } from './read.js';
import { runScript } from '../scripts/run-script.js';

/** One look at a list takes so many ids. */
const PAGE = 1_000;
/** One look takes at least so many: the first ones may have another status. */
const MIN_LOOK = 32;
/** The number of facts about one job that `listFacts` answers with. */
const FACTS = 4;

/**
 * The number of pending jobs of a lane, due or not. A woken job is in BullMQ's wait list too, near
 * its head, but is active: it is not counted, unless a thousand jobs are before it.
 */
export async function countPending(client: RedisClient, keys: LaneKeys): Promise<number> {
  const lists = [keys.list('wait'), keys.list('delayed'), keys.list('parked')];
  return Number(await runScript(client, 'countPending', lists, [keys.base, PAGE]));
}

export interface ListFilter {
  statuses: ReadonlySet<JobStatus>;
  /** The name of their task. */
  task?: string | undefined;
}

/** The progress of a listing. */
interface Page {
  /** The number of matching jobs to pass over. */
  skip: number;
  /** The number of jobs still to read. */
  left: number;
  jobs: StoredJob[];
}

/** A list of BullMQ's that can have jobs of the wanted statuses. */
interface Source {
  key: string;
  /** The state of its jobs. */
  state: StoredState;
  /** Where it has jobs of other statuses: nowhere, near its head, or anywhere. */
  mixed: 'none' | 'head' | 'all';
  size: () => Promise<number>;
  /** The ids from one position to another, both counted. */
  ids: (start: number, stop: number) => Promise<string[]>;
}

/**
 * The jobs that pass the filter, from position `start` on, up to `count`: lane after lane, in the
 * order in which they run, completed ones newest first. A woken job with more than a thousand jobs
 * before it is listed as pending.
 */
export async function listJobs(
  client: RedisClient,
  lanes: readonly LaneKeys[],
  filter: ListFilter,
  start: number,
  count: number,
): Promise<StoredJob[]> {
  const page: Page = { skip: start, left: count, jobs: [] };
  for (const keys of lanes) {
    for (const source of sourcesOf(client, keys, filter.statuses))
      await takeFrom(client, keys, source, filter, page);
  }
  return page.jobs;
}

async function takeFrom(
  client: RedisClient,
  keys: LaneKeys,
  source: Source,
  filter: ListFilter,
  page: Page,
): Promise<void> {
  for (let position = 0; page.left > 0;) {
    const looks =
      filter.task !== undefined ||
      source.mixed === 'all' ||
      (source.mixed === 'head' && position < PAGE);
    if (!looks && page.skip > 0) {
      const jump = Math.min(page.skip, Math.max(0, (await source.size()) - position));
      page.skip -= jump;
      position += jump;
    }
    const wanted = Math.min(PAGE, Math.max(MIN_LOOK, page.skip + page.left));
    const ids = await source.ids(position, position + wanted - 1);
    const matching = looks ? await matchingOf(client, keys, source, filter, ids) : ids;
    const skipped = Math.min(page.skip, matching.length);
    page.skip -= skipped;
    for (let i = skipped; i < matching.length && page.left > 0;) {
      const some = matching.slice(i, i + page.left);
      const found = await readJobs(client, keys, some);
      // A job may have changed its status since.
      const jobs = found
        .filter((job) => job !== undefined)
        .filter((job) => filter.statuses.has(statusOf(job)));
      page.jobs.push(...jobs);
      page.left -= jobs.length;
      i += some.length;
    }
    position += ids.length;
    if (ids.length < wanted) return;
  }
}

/** The ids that pass the filter, by a few facts about each job. */
async function matchingOf(
  client: RedisClient,
  keys: LaneKeys,
  { key, state }: Source,
  { statuses, task }: ListFilter,
  ids: readonly string[],
): Promise<string[]> {
  if (ids.length === 0) return [];
  const reply = await runScript(client, 'listFacts', [key], [keys.base, ...ids]);
  const facts = chunksOf(reply as (string | number)[], FACTS);
  return ids.filter((_, i) => {
    const [name, claims, suspended, hasResult] = facts[i] ?? [];
    const status = statusOf({
      state,
      claims: Number(claims),
      suspended: suspended === 1,
      hasResult: hasResult === 1,
    });
    return name !== '' && statuses.has(status) && (task === undefined || name === task);
  });
}

/** The lists of BullMQ's that can have jobs of these statuses, in the order of the listing. */
function sourcesOf(
  client: RedisClient,
  keys: LaneKeys,
  statuses: ReadonlySet<JobStatus>,
): Source[] {
  const isActive = statuses.has(JobStatus.ACTIVE) || statuses.has(JobStatus.CALLBACKS);
  const isPending = statuses.has(JobStatus.PENDING);
  // A woken job is active, and is among the pending ones, near the head, until it is claimed.
  const amongPending = isActive ? 'all' : 'head';
  const sources: Source[] = [];
  if (isActive) sources.push(ofList(client, keys.list('active'), 'active', 'all'));
  if (isActive || statuses.has(JobStatus.NEW)) {
    sources.push(ofSet(client, keys.list('waiting-children'), 'waiting-children', 'all'));
  }
  if (isActive || isPending) {
    sources.push(ofList(client, keys.list('wait'), 'waiting', amongPending));
    sources.push(ofSet(client, keys.list('parked'), 'waiting', isActive ? 'all' : 'none'));
    sources.push(ofSet(client, keys.list('delayed'), 'delayed', amongPending));
  }
  if (statuses.has(JobStatus.COMPLETED)) sources.push(ofFinished(client, keys));
  return sources;
}

type MakeSource = (
  client: RedisClient,
  key: string,
  state: StoredState,
  mixed: Source['mixed'],
) => Source;

/** The head of BullMQ's lists is on the right. */
const ofList: MakeSource = (client, key, state, mixed) => ({
  ...{ key, state, mixed },
  size: () => client.llen(key),
  ids: async (start, stop) => (await client.lrange(key, -stop - 1, -start - 1)).reverse(),
});

const ofSet: MakeSource = (client, key, state, mixed) => ({
  ...{ key, state, mixed },
  size: () => client.zcard(key),
  ids: (start, stop) => client.zrange(key, start, String(stop)),
});

/** BullMQ has a set of completed jobs and one of failed jobs: merged here, newest end first. */
function ofFinished(client: RedisClient, keys: LaneKeys): Source {
  const sets = [keys.list('completed'), keys.list('failed')] as const;
  return {
    key: sets[0],
    state: 'finished',
    mixed: 'none',
    size: async () => (await client.zcard(sets[0])) + (await client.zcard(sets[1])),
    ids: async (start, stop) => {
      const lists = await Promise.all(
        sets.map((key) => client.zrevrange(key, 0, stop, 'WITHSCORES')),
      );
      const ended = lists.flatMap(pairsOf).sort(([, a], [, b]) => Number(b) - Number(a));
      return ended.slice(start, stop + 1).map(([id]) => id);
    },
  };
}
