// The place of a new job that several handles hold (J12). The script that stores it first writes
// its key into `put-at:<id>`.
import type { RedisClient } from '../../../redis/connection.js';
import { chunksOf } from '../../../lib/chunks.js';
import type { LaneKeys } from '../keys.js';
import { CHUNK, runScript } from '../scripts/run-script.js';

/** An argument of scripts that store jobs: JSON of the ids of the shared ones; '' for none. */
export function sharedArgument(jobs: readonly { id: string; isShared?: true }[]): string {
  if (!jobs.some(({ isShared }) => isShared)) return '';
  return JSON.stringify(jobs.filter(({ isShared }) => isShared).map(({ id }) => id));
}

/**
 * Calls `act` with the place of a job; and again with another place, where another holder has put
 * it there.
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

/** The lane where another holder has put a job; undefined where it is not stored elsewhere. */
export async function wherePut(
  client: RedisClient,
  keys: LaneKeys,
  id: string,
): Promise<LaneKeys | undefined> {
  const [key] = await wherePutAll(client, keys, [keys.job(id)]);
  return key;
}

/** The same for each of these keys of jobs. */
export async function wherePutAll(
  client: RedisClient,
  keys: LaneKeys,
  jobKeys: readonly string[],
): Promise<(LaneKeys | undefined)[]> {
  const places: (LaneKeys | undefined)[] = [];
  for (const chunk of chunksOf(jobKeys, CHUNK)) {
    const found = (await runScript(client, 'wherePut', [chunk[0] ?? ''], chunk)) as string[];
    places.push(...found.map((key) => (key === '' ? undefined : laneOf(keys, key))));
  }
  return places;
}

/** The lane of a job's key, which begins with the prefix. */
export function laneOf(keys: LaneKeys, key: string): LaneKeys {
  return keys.named(key.slice(keys.root.length)).keys;
}
