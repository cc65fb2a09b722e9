// Removing jobs that ended long ago, or too many (J9): each with its parts and all that is stored
// of it, in small steps.
import type { RedisClient } from '../../../redis/connection.js';
import { LaneKeys } from '../keys.js';
import { runScript } from '../scripts/run-script.js';

/**
 * What is kept of a queue's completed jobs; a composite counts once, and is kept with its parts.
 */
export interface KeepCompleted {
  /** Milliseconds since its end; Infinity: no limit. */
  age: number;
  /** The newest so many; Infinity: no limit. */
  count: number;
}

/** A script call takes so many: Redis is not held up for more than some ms. */
const PAGE = 200;

/** One set of a lane that jobs stand in when they have ended. */
interface Ended {
  keys: LaneKeys;
  set: string;
}

/** What a job stands below. */
interface Above {
  /** '' for nothing. */
  parent: string;
  /** At any depth; in a row each job is below the next, which is none. */
  composites: readonly string[];
}
const BY_ITSELF: Above = { parent: '', composites: [] };

/** A job below which others stand. */
interface Deep {
  key: string;
  isComposite: boolean;
}

/**
 * For `lease` ms nobody else looks after the completed jobs of a queue. A second one at the same
 * time would do no harm.
 */
export async function mayTrim(
  client: RedisClient,
  prefix: string,
  queue: string,
  who: string,
  lease: number,
): Promise<boolean> {
  return (
    (await client.set(`${prefix}:${queue}:retention`, who, 'PX', Math.ceil(lease), 'NX')) === 'OK'
  );
}

/**
 * Removes what is beyond `keep`, the oldest first. It can be repeated after a crash.
 * @param mayGoOn is asked between two steps
 * @returns how many jobs were removed, parts included
 */
export async function trimCompleted(
  client: RedisClient,
  prefix: string,
  queue: string,
  lanes: readonly string[],
  keep: KeepCompleted,
  mayGoOn: () => boolean = () => true,
): Promise<number> {
  const [seconds, microseconds] = await client.time();
  const ended = lanes.flatMap((lane) => {
    const keys = new LaneKeys(prefix, queue, lane);
    return [keys.list('completed'), keys.list('failed')].map((set) => ({ keys, set }));
  });
  const before = Math.max(
    Number(seconds) * 1_000 + Number(microseconds) / 1_000 - keep.age,
    await endOfCounted(client, ended, keep.count),
  );
  let removed = 0;
  if (before === -Infinity) return removed;
  for (const one of ended) removed += await trimSet(client, one, before, mayGoOn);
  return removed;
}

/** When the last of the newest `count` jobs ended: what ended before that is too much. */
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
      const { count, deep } = await drop(client, BY_ITSELF, keys);
      removed += count;
      for (const one of deep) below += await dropTree(client, BY_ITSELF, one, mayGoOn);
      // What stays, stands before the next page. Parts that went with a composite had stood there
      // too: what the page then misses is looked for again.
      start += looked - roots.length;
      if (looked < PAGE) break;
    }
    removed += below;
  }
  return removed;
}

/**
 * Removes a job with what stands below it: those first, so that whoever comes next still finds them
 * by it.
 * @param above what it stands below
 */
async function dropTree(
  client: RedisClient,
  above: Above,
  { key, isComposite }: Deep,
  mayGoOn: () => boolean,
): Promise<number> {
  const here = {
    parent: key,
    composites: isComposite ? [...above.composites, key] : above.composites,
  };
  let removed = 0;
  for (const below of [`${key}:processed`, `${key}:failed`]) {
    let cursor = '0';
    do {
      const [next, flat] = await client.hscan(below, cursor, 'COUNT', PAGE);
      cursor = next;
      const keys = flat.filter((_, i) => i % 2 === 0);
      const { count, deep } = await drop(client, here, keys);
      removed += count;
      for (const one of deep) removed += await dropTree(client, here, one, mayGoOn);
      if (!mayGoOn()) return removed;
    } while (cursor !== '0');
  }
  return removed + (await drop(client, above, [key])).count;
}

async function drop(client: RedisClient, { parent, composites }: Above, keys: readonly string[]) {
  let count = 0;
  const deep: Deep[] = [];
  for (let i = 0; i < keys.length; i += PAGE) {
    const page = keys.slice(i, i + PAGE);
    const reply = await runScript(
      client,
      'dropEnded',
      [page[0] as string],
      [parent, JSON.stringify(composites), ...page],
    );
    const [dropped, ...left] = reply as [number, ...(string | number)[]];
    count += dropped;
    for (let n = 0; n + 1 < left.length; n += 2)
      deep.push({ key: String(left[n]), isComposite: left[n + 1] === 1 });
  }
  return { count, deep };
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
  const [looked, ...flat] = (await runScript(client, 'completedRoots', [set], args)) as [
    number,
    ...string[],
  ];
  const roots = [];
  for (let i = 0; i + 1 < flat.length; i += 2)
    roots.push({ id: flat[i] as string, at: Number(flat[i + 1]) });
  return { looked, roots };
}
