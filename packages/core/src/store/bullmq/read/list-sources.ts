// The lists of BullMQ's in which a listing finds its jobs, in the order in which the jobs run.
import type { RedisClient } from '../../../redis/connection.js';
import { readClock } from '../../../redis/clock.js';
import { pairsOf } from '../../../lib/chunks.js';
import { JobStatus, type StoredState } from '../../../model/job-state.js';
import type { LaneKeys } from '../keys.js';
import { runScript } from '../scripts/run-script.js';
import type { ListFilter, PendingState } from './list-filter.js';
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
  /** It has the jobs of the wanted times alone. */
  hasTimes: boolean;
  /** Jobs of the wanted statuses are at its head alone: behind a page without any there is none. */
  isDoneWithGap?: boolean;
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
 * The lists that can have jobs that pass the filter, in the order of the listing.
 * @param hasPacks says whether the lane has packs
 */
export async function sourcesOf(
  client: RedisClient,
  keys: LaneKeys,
  filter: ListFilter,
  hasPacks: () => Promise<boolean>,
): Promise<Source[]> {
  const { statuses, pending } = filter;
  if (pending) return await ofPending(client, keys, pending);
  const isActive = statuses.has(JobStatus.ACTIVE) || statuses.has(JobStatus.CALLBACKS);
  const isPending = statuses.has(JobStatus.PENDING);
  const isNew = statuses.has(JobStatus.NEW);
  // A woken job is active, and is among the pending ones, near the head, until it is claimed. Where
  // pending jobs are listed too, those behind the head are among the wanted ones in any case.
  const amongPending = isPending ? 'head' : isActive ? 'all' : 'packs';
  // Behind the next step of a pack are new ones.
  const hasSteps = isNew && (await hasPacks());
  const sources: Source[] = [];
  if (isActive || hasSteps)
    sources.push(ofList(client, keys.list('active'), 'active', isActive ? 'all' : 'packs'));
  for (const [status, low] of WAITING)
    if (statuses.has(status)) {
      const band = { from: String(low), upTo: `(${low + BAND}` };
      const children = keys.list('waiting-children');
      sources.push(ofScores(client, children, 'waiting-children', 'none', band));
    }
  if (isActive || isPending || hasSteps) {
    const wait = ofList(client, keys.list('wait'), 'waiting', amongPending);
    sources.push({ ...wait, isDoneWithGap: !isPending && !hasSteps });
    // A woken job has no priority any more (Q7).
    const ofPriority = isPending ? 'none' : 'packs';
    if (isPending || hasSteps)
      sources.push(ofSet(client, keys.list('prioritized'), 'waiting', ofPriority));
    if (isActive || isPending)
      sources.push(ofSet(client, keys.list('parked'), 'waiting', isPending ? 'none' : 'all'));
    sources.push(ofSet(client, keys.list('delayed'), 'delayed', amongPending));
  }
  if (statuses.has(JobStatus.COMPLETED)) sources.push(ofFinished(client, keys, filter, hasPacks));
  return sources;
}

/** In `delayed` the score of a job is the ms at which it is due, times this, and a number. */
const SCORES_OF_MS = 0x1000;

/** The lists of pending jobs that are in one of these states. */
async function ofPending(
  client: RedisClient,
  keys: LaneKeys,
  pending: ReadonlySet<PendingState>,
): Promise<Source[]> {
  const delayed = keys.list('delayed');
  const sources: Source[] = [];
  const isDue = pending.has('due');
  if (isDue) {
    sources.push(ofList(client, keys.list('wait'), 'waiting', 'head'));
    sources.push(ofSet(client, keys.list('prioritized'), 'waiting', 'none'));
  }
  if (pending.has('waitingForQuota'))
    sources.push(ofSet(client, keys.list('parked'), 'waiting', 'none'));
  // A claim moves the jobs whose time has come: until then they are due, and in this set.
  const later = (Math.floor(await readClock(client)) + 1) * SCORES_OF_MS;
  const dueOnes = { from: '-inf', upTo: `(${later}` };
  if (isDue) sources.push(ofScores(client, delayed, 'delayed', 'head', dueOnes));
  if (pending.has('delayed')) {
    const laterOnes = { from: String(later), upTo: '+inf' };
    sources.push(ofScores(client, delayed, 'delayed', 'head', laterOnes));
  }
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
  ...{ key, state, mixed, hasTimes: false },
  size: () => client.llen(key),
  ids: async (start, stop) => (await client.lrange(key, -stop - 1, -start - 1)).reverse(),
});

const ofSet: MakeSource = (client, key, state, mixed) => ({
  ...{ key, state, mixed, hasTimes: false },
  size: () => client.zcard(key),
  ids: (start, stop) => client.zrange(key, start, String(stop)),
});

/** The jobs of a set with a score from one to another; `upTo` may be excluded: `(100`. */
function ofScores(
  client: RedisClient,
  key: string,
  state: StoredState,
  mixed: Source['mixed'],
  { from, upTo }: { from: string; upTo: string },
): Source {
  const count = () => client.zcount(key, from, upTo);
  return {
    ...{ key, state, mixed, hasTimes: false },
    size: count,
    ids: async (start, stop) => {
      const [first, size] = await Promise.all([client.zcount(key, '-inf', `(${from}`), count()]);
      const last = Math.min(stop, size - 1);
      return start > last ? [] : await client.zrange(key, first + start, String(first + last));
    },
  };
}

/**
 * BullMQ has a set of completed jobs and one of failed jobs: here they are one list, newest end
 * first. Before them come the packs under way of which parts have ended.
 */
function ofFinished(
  client: RedisClient,
  keys: LaneKeys,
  { outcomes, since, until }: ListFilter,
  hasPacks: () => Promise<boolean>,
): Source {
  const sets = [keys.list('completed'), keys.list('failed')] as const;
  const isWanted = [outcomes?.has('succeeded') ?? true, outcomes?.has('failed') ?? true];
  const [from, to] = [since ?? '-inf', until === undefined ? '+inf' : `(${until}`];
  const read = async (start: number, count: number): Promise<string[]> => {
    const args = [start, count, since ?? '', until ?? '', ...isWanted.map(Number)];
    return (await runScript(client, 'listEnded', [...sets], args)) as string[];
  };
  let packs: string[] | undefined;
  const packsUnderWay = async (): Promise<string[]> => {
    if (!isWanted[0] || !(await hasPacks())) return [];
    const ended = await partlyEnded(client, keys);
    const inTime = ([, at]: [string, number]) =>
      at >= (since ?? -Infinity) && at < (until ?? Infinity);
    return ended
      .filter(inTime)
      .sort(([, a], [, b]) => b - a)
      .map(([id]) => id);
  };
  const idsAt = async (start: number, stop: number): Promise<string[]> => {
    packs ??= await packsUnderWay();
    const first = packs.slice(start, stop + 1);
    const flat = await read(Math.max(0, start - packs.length), stop + 1 - start - first.length);
    const ended = pairsOf(flat).map(([id]) => id);
    const left = packs.filter((id) => !ended.includes(id));
    if (left.length === packs.length) return [...first, ...ended];
    // A pack that has ended meanwhile is in one of the sets.
    packs = left;
    return await idsAt(start, stop);
  };
  return {
    ...{ key: sets[0], state: 'finished', mixed: 'none', hasTimes: true },
    size: async () => {
      const wanted = sets.filter((_, i) => isWanted[i]);
      const sizes = await Promise.all(wanted.map((set) => client.zcount(set, from, to)));
      return sizes.reduce((sum, size) => sum + size, 0);
    },
    ids: async (start, stop) => {
      if (start === 0) packs = undefined;
      return await idsAt(start, stop);
    },
  };
}
