// The sizes of quotas, and the slots that runs take and free (Q5, Q9).
import type { RedisClient } from '../../../redis/connection.js';
import { type LaneKeys } from '../keys.js';
import { lanesOf } from '../put/lanes.js';
import { runScript } from '../scripts/run-script.js';

export interface StoredQuota {
  /** Of one key of a quota with keys: `team/acme`. */
  name: string;
  size: number;
  /** The number of jobs that hold a slot. */
  held: number;
  /** The ids of these jobs, 1,000 at most. */
  holders: string[];
  /** The number of jobs that wait for a slot, or for the turn of their key. */
  waiters: number;
  /** Of a quota with keys: those that have jobs. */
  keys?: QuotaKeys;
}

export interface QuotaKeys {
  /** The number of keys that have a job which holds a slot, waits for one, or is about to try. */
  inUse: number;
  /**
   * The number of keys that were read: the numbers of jobs, the holders and the busiest are those
   * of these keys. Without `mostKeys` all are read.
   */
  read: number;
  /** 100 of them at most: those with the most waiting jobs come first, then those with holders. */
  busiest: QuotaKey[];
}

export interface QuotaKey {
  /** `acme` of the name `team/acme`. */
  key: string;
  /** The number of jobs that hold a slot. */
  holders: number;
  /** The number of jobs that wait for a slot, or for the turn of the key. */
  waiters: number;
}

/**
 * The number of jobs that hold a slot, and of pending jobs that name the quota. Of a quota with
 * keys: the number of its keys that have such jobs, and of other pending jobs that name it.
 */
export interface QuotaUse {
  holders: number;
  pending: number;
  keys: number | undefined;
}

/** The answer to a change. A quota that is in use is not removed. */
export type QuotaChange = 'done' | 'refused' | 'other kind' | QuotaUse;

/** So many holders of a quota are named, and so many of its keys. */
const MOST_HOLDERS = 1_000;
const MOST_KEYS = 100;

/** @param isKeyed to 'create' it with keys */
export async function setQuota(
  client: RedisClient,
  keys: LaneKeys,
  name: string,
  step: 'create' | 'resize' | 'remove',
  size = 0,
  isKeyed = false,
): Promise<QuotaChange> {
  const args = [keys.queueBase, name, step, size, isKeyed ? 1 : 0];
  const reply = await runScript(client, 'setQuota', [keys.quotas], args);
  if (Array.isArray(reply)) {
    const [holders, pending, inUse] = reply.map(Number) as [number, number, number];
    return { holders, pending, keys: inUse < 0 ? undefined : inUse };
  }
  if (reply === -1) return 'other kind';
  if (reply === 0) return 'refused';
  // The next reconcile passes do the rest where this process dies.
  if (reply === 2) await sweepKeysOf(client, keys, `${name}/`);
  return 'done';
}

/**
 * The number of pending jobs that name a quota and are in none of its lists: they are delayed, or
 * wait for another quota. `setQuota` counts the others.
 */
export async function countNaming(
  client: RedisClient,
  main: LaneKeys,
  name: string,
): Promise<number> {
  let count = 0;
  for (const lane of await lanesOf(client, main.prefix, main.queue)) {
    const keys = main.sibling(lane);
    for (const list of ['delayed', 'parked'] as const) {
      for (let after = '-inf'; after !== '';) {
        const args = [keys.base, name, after];
        const reply = await runScript(client, 'countNaming', [keys.list(list)], args);
        const [found, next] = reply as [number, string];
        count += found;
        after = next;
      }
    }
  }
  return count;
}

/** Which quotas are read, and how many of the keys of each. */
export interface QuotaReading {
  /** That of a quota, or of one of its keys. Default: all quotas of the queue. */
  name?: string;
  /** Of a quota with keys some hundred more may be read. Default: all. */
  mostKeys?: number | undefined;
}

/** The quotas of a queue, ordered by name. */
export async function readQuotas(
  client: RedisClient,
  keys: LaneKeys,
  { name = '', mostKeys = Infinity }: QuotaReading = {},
): Promise<StoredQuota[]> {
  const reply = await runScript(client, 'readQuotas', [keys.quotas], [keys.queueBase, name]);
  const found: StoredQuota[] = [];
  for (const [stored, size, count, held = 0, holders] of reply as QuotaReply[]) {
    if (holders) found.push({ name: stored, size, held, holders: idsOf(holders), waiters: count });
    else found.push(await readKeyed(client, keys, stored, { size, inUse: count, mostKeys }));
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** As `read-quotas` says. */
type QuotaReply = [name: string, size: number, count: number, held?: number, holders?: string[]];

/** @param quota as it is stored: `team/` */
async function readKeyed(
  client: RedisClient,
  keys: LaneKeys,
  quota: string,
  { size, inUse, mostKeys }: { size: number; inUse: number; mostKeys: number },
): Promise<StoredQuota> {
  const holders: string[] = [];
  let [held, waiters] = [0, 0];
  let busiest: QuotaKey[] = [];
  // A key may come twice while others come and go.
  const seen = new Set<string>();
  for (let cursor = '0', isFirst = true; isFirst || cursor !== '0'; isFirst = false) {
    const args = [keys.queueBase, cursor];
    const reply = await runScript(client, 'readQuotaKeys', [keys.quotaKeys(quota)], args);
    const [next, piece] = reply as [string, [string, number, number, string[]][]];
    for (const [name, waiting, holding, some] of piece) {
      if (seen.has(name)) continue;
      seen.add(name);
      waiters += waiting;
      held += holding;
      holders.push(...idsOf(some.slice(0, MOST_HOLDERS - holders.length)));
      busiest.push({ key: name.slice(quota.length), holders: holding, waiters: waiting });
    }
    busiest = busiest
      .sort((a, b) => b.waiters - a.waiters || b.holders - a.holders || (a.key < b.key ? -1 : 1))
      .slice(0, MOST_KEYS);
    cursor = seen.size < mostKeys ? next : '0';
  }
  const about = { inUse, read: seen.size, busiest };
  return { name: quota.slice(0, -1), size, held, holders, waiters, keys: about };
}

function idsOf(holders: readonly string[]): string[] {
  return holders.map((holder) => holder.slice(holder.indexOf(':') + 1));
}

/** The cursors of sweeps that have begun: the next call of `sweepQuotas` goes on there. */
export type SweepPlaces = Map<string, string>;

/** So many calls of a script sweep the keys of a quota in one pass. */
const CALLS_OF_A_PASS = 20;

/**
 * Frees slots that no job holds any more, and wakes the jobs that wait for them. Of a quota with
 * very many keys it sweeps 1,000 or so, and the next call goes on with the others.
 */
export async function sweepQuotas(
  client: RedisClient,
  keys: LaneKeys,
  places: SweepPlaces = new Map(),
): Promise<void> {
  const keyed = await runScript(client, 'sweepQuotas', [keys.quotas], [keys.queueBase]);
  for (const quota of keyed as string[]) {
    const place = keys.quotaKeys(quota);
    const next = await sweepKeysOf(client, keys, quota, places.get(place), CALLS_OF_A_PASS);
    if (next === '0') places.delete(place);
    else places.set(place, next);
  }
}

/**
 * @param quota as it is stored: `team/`
 * @returns where the next call goes on; '0': all keys have been looked at
 */
export async function sweepKeysOf(
  client: RedisClient,
  keys: LaneKeys,
  quota: string,
  from = '0',
  calls = Infinity,
): Promise<string> {
  let cursor = from;
  for (let call = 0; call < calls; call++) {
    const args = [keys.queueBase, quota, cursor];
    const reply = await runScript(client, 'sweepKeyedQuota', [keys.quotaKeys(quota)], args);
    cursor = reply as string;
    if (cursor === '0') break;
  }
  return cursor;
}
