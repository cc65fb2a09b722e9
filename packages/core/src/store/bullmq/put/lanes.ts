// The lanes of a queue (Q6). Each script that stores a job adds its lane to a set, so that all
// lanes are found when jobs are listed or recovered.
import type { RedisClient } from '../../../redis/connection.js';
import { MAIN_LANE, SYSTEM_LANE } from '../../../lib/names.js';
import { LaneKeys } from '../keys.js';
import { runScript } from '../scripts/run-script.js';

/** Every queue has these. Recovery comes before all other jobs (I8). */
const ALWAYS: readonly string[] = [SYSTEM_LANE, MAIN_LANE];

/** The lanes of a queue: the system lane, the main lane, then the others by name. */
export async function lanesOf(
  client: RedisClient,
  prefix: string,
  queue: string,
): Promise<string[]> {
  const others = await client.smembers(new LaneKeys(prefix, queue, MAIN_LANE).lanes);
  return [...ALWAYS, ...others.sort()];
}

/** The keys of the lanes of a queue, in that order. @param keys of any of its lanes */
export async function laneKeysOf(client: RedisClient, keys: LaneKeys): Promise<LaneKeys[]> {
  return (await lanesOf(client, keys.prefix, keys.queue)).map((lane) => keys.sibling(lane));
}

/** The same without the system lane, which is recovery's. */
export async function ownLaneKeysOf(client: RedisClient, keys: LaneKeys): Promise<LaneKeys[]> {
  return (await laneKeysOf(client, keys)).filter(({ lane }) => lane !== SYSTEM_LANE);
}

/** The queues under the prefix of `keys`, by name. */
export async function queueNames({ client, keys }: { client: RedisClient; keys: LaneKeys }) {
  return (await client.smembers(`${keys.root}queues`)).sort();
}

/**
 * The lanes with those that this process serves. A server may have lost these: they are added to
 * the set again.
 */
export async function lanesWithOwn(
  client: RedisClient,
  prefix: string,
  queue: string,
  own: readonly string[],
): Promise<string[]> {
  const known = await lanesOf(client, prefix, queue);
  const missing = own.filter((lane) => !known.includes(lane));
  if (missing.length > 0) {
    const { lanes, root } = new LaneKeys(prefix, queue, MAIN_LANE);
    const names = JSON.stringify(missing.map((lane) => `${queue}/${lane}`));
    await runScript(client, 'noteLanes', [lanes], [root, names]);
  }
  return [...known, ...missing];
}
