// Which lanes a queue has: written down before the first job is put into one, so that whoever looks for jobs finds them (Q6).
import type { RedisClient } from '../../connection.js';
import { MAIN_LANE, SYSTEM_LANE } from '../../names.js';
import type { NewStoredJob } from '../store.js';
import { LaneKeys } from './keys.js';

/** The lanes that every queue has; recovery stands before all else (I8). */
const ALWAYS: readonly string[] = [SYSTEM_LANE, MAIN_LANE];

/** What was written down through a client, by the lanes' bases: nothing ever takes it away again. */
const known = new WeakMap<RedisClient, Set<string>>();

/** Writes lanes down. Costs a round trip the first time only, and none for lanes that every queue has. */
export async function registerLanes(client: RedisClient, lanes: Iterable<LaneKeys>): Promise<void> {
  for (const keys of lanes) {
    if (ALWAYS.includes(keys.lane)) continue;
    let ofClient = known.get(client);
    if (!ofClient) known.set(client, (ofClient = new Set()));
    if (ofClient.has(keys.base)) continue;
    await client.sadd(keys.lanes, keys.lane);
    ofClient.add(keys.base);
  }
}

/** The lanes that new jobs stand in, and their callbacks. */
export function lanesNamedBy(jobs: readonly NewStoredJob[], lanes = new Set<string>()): Set<string> {
  for (const { lane, callbacks } of jobs) {
    lanes.add(lane);
    if (callbacks) lanesNamedBy(callbacks, lanes);
  }
  return lanes;
}

/** The lanes of a queue: the system lane, the main lane, then the others by name. */
export async function lanesOf(client: RedisClient, prefix: string, queue: string): Promise<string[]> {
  const others = await client.smembers(new LaneKeys(prefix, queue, MAIN_LANE).lanes);
  return [...ALWAYS, ...others.sort()];
}
