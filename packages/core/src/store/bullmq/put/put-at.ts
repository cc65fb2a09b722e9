// Where a job is that several may have had as a new one (J12): the script that stores it first
// writes that down, under its id.
import type { RedisClient } from '../../../redis/connection.js';
import type { LaneKeys } from '../keys.js';
import { CHUNK, runScript } from '../scripts/run-script.js';

/**
 * The JSON that scripts get of jobs: the ids of those that are shared; an empty string for none, as
 * nearly always.
 */
export function sharedArgument(jobs: readonly { id: string; isShared?: true }[]): string {
  if (!jobs.some(({ isShared }) => isShared)) return '';
  return JSON.stringify(jobs.filter(({ isShared }) => isShared).map(({ id }) => id));
}

/**
 * Does something with a stored job. Where it is not stored at its place, another holder may have
 * put it elsewhere: it is done there.
 * @param act answers undefined where there is no such job
 */
export async function whereItIs<T>(
  client: RedisClient,
  keys: LaneKeys,
  id: string,
  act: (keys: LaneKeys) => Promise<T | undefined>,
): Promise<T | undefined> {
  const done = await act(keys);
  if (done !== undefined) return done;
  const elsewhere = await wherePut(client, keys, id);
  return elsewhere && (await act(elsewhere));
}

/**
 * The keys of the lane where a job is stored that is not stored at its place; undefined where it is
 * nowhere.
 */
export async function wherePut(
  client: RedisClient,
  keys: LaneKeys,
  id: string,
): Promise<LaneKeys | undefined> {
  const [key] = await wherePutAll(client, keys, [keys.job(id)]);
  return key;
}

/**
 * For each key of a job: the keys of the lane where it is stored; undefined where it is that one,
 * or it is nowhere.
 */
export async function wherePutAll(
  client: RedisClient,
  keys: LaneKeys,
  jobKeys: readonly string[],
): Promise<(LaneKeys | undefined)[]> {
  const places: (LaneKeys | undefined)[] = [];
  for (let i = 0; i < jobKeys.length; i += CHUNK) {
    const page = jobKeys.slice(i, i + CHUNK);
    const found = (await runScript(client, 'wherePut', [page[0] ?? ''], page)) as string[];
    places.push(...found.map((key) => (key === '' ? undefined : laneOf(keys, key))));
  }
  return places;
}

/** The keys of the lane of a job's key, which stands under the prefix. */
export function laneOf(keys: LaneKeys, key: string): LaneKeys {
  return keys.named(key.slice(keys.root.length)).keys;
}
