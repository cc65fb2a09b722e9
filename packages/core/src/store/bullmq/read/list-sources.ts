// The lists of BullMQ's in which a listing finds its jobs, in the order in which the jobs run.
import type { RedisClient } from '../../../redis/connection.js';
import { pairsOf } from '../../../lib/chunks.js';
import { JobStatus, type StoredState } from '../../../model/job-state.js';
import type { LaneKeys } from '../keys.js';
import { partlyEnded } from './list-packs.js';

/** A list of BullMQ's that can have jobs of the wanted statuses. */
export interface Source {
  key: string;
  /** The state of its jobs. */
  state: StoredState;
  /**
   * Where it has jobs of other statuses: nowhere, near its head, or anywhere. 'packs': only parts
   * of packs can have a wanted status.
   */
  mixed: 'none' | 'head' | 'all' | 'packs';
  size: () => Promise<number>;
  /** The ids from one position to another, both counted. */
  ids: (start: number, stop: number) => Promise<string[]>;
}

/**
 * The statuses of jobs in `waiting-children`, and where their scores begin: bullmq-lists.lua has
 * the numbers too.
 */
const BAND = 1e13;
const WAITING = [
  [JobStatus.NEW, 0],
  [JobStatus.ACTIVE, BAND],
  [JobStatus.CALLBACKS, 2 * BAND],
] as const;

/**
 * The lists that can have jobs of these statuses, in the order of the listing.
 * @param hasPacks says whether the lane has packs
 */
export async function sourcesOf(
  client: RedisClient,
  keys: LaneKeys,
  statuses: ReadonlySet<JobStatus>,
  hasPacks: () => Promise<boolean>,
): Promise<Source[]> {
  const isActive = statuses.has(JobStatus.ACTIVE) || statuses.has(JobStatus.CALLBACKS);
  const isPending = statuses.has(JobStatus.PENDING);
  const isNew = statuses.has(JobStatus.NEW);
  // A woken job is active, and is among the pending ones, near the head, until it is claimed.
  const amongPending = isActive ? 'all' : isPending ? 'head' : 'packs';
  // Behind the next step of a pack are new ones.
  const hasSteps = isNew && (await hasPacks());
  const sources: Source[] = [];
  if (isActive || hasSteps)
    sources.push(ofList(client, keys.list('active'), 'active', isActive ? 'all' : 'packs'));
  for (const [status, low] of WAITING)
    if (statuses.has(status)) sources.push(ofWaiting(client, keys.list('waiting-children'), low));
  if (isActive || isPending || hasSteps) {
    sources.push(ofList(client, keys.list('wait'), 'waiting', amongPending));
    // A woken job has no priority any more (Q7).
    const ofPriority = isPending ? 'none' : 'packs';
    if (isPending || hasSteps)
      sources.push(ofSet(client, keys.list('prioritized'), 'waiting', ofPriority));
    if (isActive || isPending)
      sources.push(ofSet(client, keys.list('parked'), 'waiting', isActive ? 'all' : 'none'));
    sources.push(ofSet(client, keys.list('delayed'), 'delayed', amongPending));
  }
  if (statuses.has(JobStatus.COMPLETED)) sources.push(ofFinished(client, keys, hasPacks));
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

function ofWaiting(client: RedisClient, key: string, low: number): Source {
  const [from, to] = [low, `(${low + BAND}`];
  return {
    ...{ key, state: 'waiting-children', mixed: 'none' },
    size: () => client.zcount(key, from, to),
    ids: (start, stop) => client.zrangebyscore(key, from, to, 'LIMIT', start, stop - start + 1),
  };
}

/**
 * BullMQ has a set of completed jobs and one of failed jobs: merged here, newest end first. With
 * them come the packs under way of which parts have ended.
 */
function ofFinished(client: RedisClient, keys: LaneKeys, hasPacks: () => Promise<boolean>): Source {
  const sets = [keys.list('completed'), keys.list('failed')] as const;
  const read = (stop: number) =>
    Promise.all(sets.map((key) => client.zrevrange(key, 0, stop, 'WITHSCORES')));
  let packs: [id: string, at: string][] = [];
  return {
    key: sets[0],
    state: 'finished',
    mixed: 'none',
    size: async () => (await client.zcard(sets[0])) + (await client.zcard(sets[1])),
    ids: async (start, stop) => {
      const [found, isPacked] = await Promise.all([read(stop), hasPacks()]);
      let lists = found;
      if (isPacked && start === 0) {
        packs = await partlyEnded(client, keys);
        // A pack that has ended meanwhile is in one of the sets.
        if (packs.length > 0) lists = await read(stop);
      }
      const ended = lists.flatMap(pairsOf);
      const known = packs.length > 0 && new Set(ended.map(([id]) => id));
      if (known) ended.push(...packs.filter(([id]) => !known.has(id)));
      ended.sort(([, a], [, b]) => Number(b) - Number(a));
      return ended.slice(start, stop + 1).map(([id]) => id);
    },
  };
}
