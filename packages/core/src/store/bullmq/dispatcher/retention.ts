// Removes completed jobs beyond `keepCompleted`, with their children, in small steps (J9).
import { readClock } from '../../../redis/clock.js';
import type { RedisClient } from '../../../redis/connection.js';
import { pairsOf } from '../../../lib/chunks.js';
import type { KeepCompleted, KeepLimits } from '../../../model/stores.js';
import { LaneKeys } from '../keys.js';
import { hasPackId } from '../read/list-packs.js';
import { runScript } from '../scripts/run-script.js';

/** One script call takes so many jobs, and holds up Redis for a few ms. */
const PAGE = 200;
/** A pack takes as long as so many jobs: its parts are read. */
const PACKED = 5;

/** A set of ended jobs of a lane: `completed` or `failed`. */
interface Ended {
  keys: LaneKeys;
  set: string;
}

/** The keys of the parents of a job. */
interface Parents {
  /** '' for none. */
  parent: string;
  /** The composites at any height. In a chain a part's parent is the next part, no composite. */
  composites: readonly string[];
}
const NO_PARENT: Parents = { parent: '', composites: [] };

/** A job with children. */
interface WithChildren {
  key: string;
  isComposite: boolean;
}

/** As `RecoveryStore.trimCompleted`. It can be repeated after a crash. */
export async function trimCompleted(
  client: RedisClient,
  prefix: string,
  queue: string,
  lanes: readonly string[],
  { succeeded, failed }: KeepCompleted,
  mayGoOn: () => boolean = () => true,
): Promise<number> {
  const now = await readClock(client);
  let removed = 0;
  for (const [name, keep] of [['completed', succeeded] as const, ['failed', failed] as const]) {
    const ended = lanes.map((lane): Ended => {
      const keys = new LaneKeys(prefix, queue, lane);
      return { keys, set: keys.list(name) };
    });
    const before = await endOfKept(client, ended, keep, now);
    if (before === -Infinity) continue;
    for (const one of ended) removed += await trimSet(client, one, before, mayGoOn);
  }
  return removed;
}

/** Jobs that ended before this time are removed. */
async function endOfKept(
  client: RedisClient,
  ended: readonly Ended[],
  { age, count }: KeepLimits,
  now: number,
): Promise<number> {
  return Math.max(now - age, await endOfCounted(client, ended, count));
}

/** When the oldest of the newest `count` jobs ended. */
async function endOfCounted(
  client: RedisClient,
  ended: readonly Ended[],
  count: number,
): Promise<number> {
  const sizes = await Promise.all(ended.map(({ set }) => client.zcard(set)));
  if (sizes.reduce((sum, size) => sum + size, 0) <= count) return -Infinity;
  if (count === 0) return Infinity;
  const times: number[] = [];
  for (const { keys, set } of ended) {
    let found = 0;
    for (let start = 0; found < count; start += PAGE) {
      const page = await readRoots(client, { keys, set }, 'newest', start, Infinity);
      times.push(...page.roots.map(({ at }) => at));
      found += page.roots.length;
      if (page.looked < PAGE) break;
    }
  }
  return times.sort((a, b) => b - a)[count - 1] ?? -Infinity;
}

/**
 * Removes ended jobs that belong to no other stored job, with their children.
 * @returns how many of these jobs are gone
 */
export async function dropRoots(
  client: RedisClient,
  keys: readonly string[],
  mayGoOn: () => boolean,
): Promise<number> {
  const { count, withChildren } = await drop(client, NO_PARENT, keys);
  for (const one of withChildren) await dropTree(client, NO_PARENT, one, mayGoOn);
  const found = withChildren.map(({ key }) => client.exists(key));
  return count + (await Promise.all(found)).filter((isThere) => isThere === 0).length;
}

async function trimSet(
  client: RedisClient,
  ended: Ended,
  before: number,
  mayGoOn: () => boolean,
): Promise<number> {
  let removed = 0;
  for (let below = 1; below > 0 && mayGoOn();) {
    below = 0;
    for (let start = 0; mayGoOn();) {
      const { looked, roots } = await readRoots(client, ended, 'oldest', start, before);
      const keys = roots.map(({ id }) => ended.keys.job(id));
      const { count, withChildren } = await drop(client, NO_PARENT, keys);
      removed += count;
      for (const one of withChildren) below += await dropTree(client, NO_PARENT, one, mayGoOn);
      // The jobs that stay come before the next page. Parts that went with a composite came before
      // it too, so the next page misses some jobs: the outer loop looks again.
      start += looked - roots.length;
      if (looked < PAGE) break;
    }
    removed += below;
  }
  return removed;
}

/** Removes the children of a job, then the job: after a crash they are still found by it. */
async function dropTree(
  client: RedisClient,
  parents: Parents,
  { key, isComposite }: WithChildren,
  mayGoOn: () => boolean,
): Promise<number> {
  const here = {
    parent: key,
    composites: isComposite ? [...parents.composites, key] : parents.composites,
  };
  let removed = 0;
  for (const below of [`${key}:processed`, `${key}:failed`]) {
    let cursor = '0';
    do {
      const [next, flat] = await client.hscan(below, cursor, 'COUNT', PAGE);
      cursor = next;
      const keys = flat.filter((_, i) => i % 2 === 0);
      const { count, withChildren } = await drop(client, here, keys);
      removed += count;
      for (const one of withChildren) removed += await dropTree(client, here, one, mayGoOn);
      if (!mayGoOn()) return removed;
    } while (cursor !== '0');
  }
  return removed + (await drop(client, parents, [key])).count;
}

async function drop(client: RedisClient, { parent, composites }: Parents, keys: readonly string[]) {
  let count = 0;
  const withChildren: WithChildren[] = [];
  for (const page of pagesOf(keys)) {
    const args = [parent, JSON.stringify(composites), ...page];
    const reply = await runScript(client, 'dropEnded', [page[0] as string], args);
    const [dropped, ...left] = reply as [number, ...(string | number)[]];
    count += dropped;
    for (const [key, isComposite] of pairsOf(left))
      withChildren.push({ key: String(key), isComposite: isComposite === 1 });
  }
  return { count, withChildren };
}

/** The keys of jobs in pages. A pack counts as much as `PACKED` jobs. */
function* pagesOf(keys: readonly string[]): Generator<string[]> {
  let page: string[] = [];
  let size = 0;
  for (const key of keys) {
    page.push(key);
    size += hasPackId(key.slice(key.lastIndexOf(':') + 1)) ? PACKED : 1;
    if (size < PAGE) continue;
    yield page;
    page = [];
    size = 0;
  }
  if (page.length > 0) yield page;
}

async function readRoots(
  client: RedisClient,
  { keys, set }: Ended,
  side: 'newest' | 'oldest',
  start: number,
  before: number,
): Promise<{ looked: number; roots: { id: string; at: number }[] }> {
  const limit = before === Infinity ? '1e300' : before;
  const args = [keys.base, side, start, start + PAGE - 1, limit];
  const reply = await runScript(client, 'completedRoots', [set], args);
  const [looked, ...flat] = reply as [number, ...string[]];
  return { looked, roots: pairsOf(flat).map(([id, at]) => ({ id, at: Number(at) })) };
}
