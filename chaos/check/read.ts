// Reads what a run has left in Redis: the event streams, and all jobs. One round trip reads very
// many of them. One for each job, behind what the proxies of this process carry, took over a minute
// on a busy machine.
import type { Redis } from 'ioredis';
import type { End, Move, Stored } from './facts.js';
import { isPackId, partsOf, type Pack } from './packs.js';

/** So many entries or keys are read at a time. */
const PAGE = 1_000;

export interface Streams {
  /** By job: how it ended, as often as it did. */
  ends: Map<string, End[]>;
  /** By lane, that is by the beginning of its keys: what its jobs did, in order. */
  moves: Map<string, Move[]>;
}

type Entry = Record<string, string | undefined>;

/** Reads the event streams of lanes. */
export async function readStreams(redis: Redis, bases: readonly string[]): Promise<Streams> {
  const streams: Streams = { ends: new Map(), moves: new Map() };
  for (const base of bases) {
    const moves: Move[] = [];
    streams.moves.set(base, moves);
    for await (const page of pagesOf(redis, `${base}:events`)) {
      const ids = page.flatMap(([, { jobId = '' }]) => (isPackId(jobId) ? [jobId] : []));
      const packs = await readPacks(redis, base, new Set(ids));
      for (const [at, entry] of page) addEntry(streams.ends, moves, packs, at, entry);
    }
  }
  return streams;
}

function addEntry(
  ends: Map<string, End[]>,
  moves: Move[],
  packs: ReadonlyMap<string, Pack>,
  at: string,
  { event, jobId, returnvalue, failedReason }: Entry,
): void {
  if (jobId === undefined) return;
  if (event === 'waiting' || event === 'active')
    moves.push({ event, job: jobId, at: Number(at.split('-')[0]) });
  if (event !== 'completed' && event !== 'failed') return;
  const value = event === 'completed' ? (returnvalue ?? '') : (failedReason ?? '');
  const add = (id: string, end: End): void => void ends.set(id, [...(ends.get(id) ?? []), end]);
  if (!isPackId(jobId)) return add(jobId, { event, value, at });
  // One that was opened has the events of its parts.
  const pack = packs.get(jobId);
  for (const { id, fields } of pack ? partsOf(pack) : [])
    add(id, { event, value: fields['returnvalue'] ?? '', at });
}

async function* pagesOf(redis: Redis, key: string): AsyncGenerator<[at: string, Entry][]> {
  for (let from = '-'; ;) {
    const page = await redis.xrange(key, from, '+', 'COUNT', PAGE);
    yield page.map(([at, flat]) => [at, toEntry(flat)]);
    const last = page.at(-1)?.[0];
    if (last === undefined || page.length < PAGE) return;
    from = `(${last}`;
  }
}

function toEntry(flat: readonly string[]): Entry {
  return Object.fromEntries(
    Array.from({ length: flat.length / 2 }, (_, i) => flat.slice(2 * i, 2 * i + 2)),
  ) as Entry;
}

/** Reads all jobs of lanes. `bases`: the beginnings of their keys, with the lane of each. */
export async function readStored(
  redis: Redis,
  bases: Iterable<readonly [lane: string, base: string]>,
): Promise<Map<string, Stored>> {
  const jobs = new Map<string, Stored>();
  for (const [lane, base] of bases) {
    const queue = base.slice(base.indexOf('}:') + 2).split('/')[0] ?? '';
    const keys = await keysOf(redis, `${base}:*`);
    const ids = keys.map((key) => key.slice(base.length + 1)).filter((id) => !id.includes(':'));
    for (let i = 0; i < ids.length; i += PAGE) {
      const page = await readHashes(redis, base, ids.slice(i, i + PAGE));
      const packs = await readPacks(redis, base, page.keys());
      for (const [id, fields] of page) {
        const pack = packs.get(id);
        const parts = pack ? partsOf(pack) : [];
        for (const part of parts) jobs.set(part.id, { lane, queue, fields: part.fields });
        const isJob = fields['name'] !== undefined && fields['timestamp'] !== undefined;
        if (isJob && parts.length === 0) jobs.set(id, { lane, queue, fields });
      }
    }
  }
  return jobs;
}

/** Braces are literal in a pattern; the other signs do not come up in our prefixes. */
export async function keysOf(redis: Redis, match: string): Promise<string[]> {
  const keys: string[] = [];
  let cursor = '0';
  do {
    const [next, page] = await redis.scan(cursor, 'MATCH', match, 'COUNT', PAGE);
    keys.push(...page);
    cursor = next;
  } while (cursor !== '0');
  return keys;
}

/** The hashes among these keys, by what follows the base. */
async function readHashes(
  redis: Redis,
  base: string,
  ids: readonly string[],
): Promise<Map<string, Record<string, string>>> {
  const all = redis.pipeline();
  for (const id of ids) all.hgetall(`${base}:${id}`);
  const replies = (await all.exec()) ?? [];
  return new Map(
    replies.flatMap(([error, fields], i) =>
      // An error: the key is of another type.
      error ? [] : [[ids[i] as string, fields as Record<string, string>] as const],
    ),
  );
}

async function readPacks(
  redis: Redis,
  base: string,
  ids: Iterable<string>,
): Promise<Map<string, Pack>> {
  const packIds = [...ids].filter(isPackId);
  if (packIds.length === 0) return new Map();
  const hashes = await readHashes(redis, base, packIds);
  const all = redis.pipeline();
  for (const id of hashes.keys()) all.lrange(`${base}:${id}:values`, 0, -1);
  const values = ((await all.exec()) ?? []).map(([, list]) => list as string[]);
  return new Map([...hashes].map(([id, fields], i) => [id, { fields, values: values[i] ?? [] }]));
}
