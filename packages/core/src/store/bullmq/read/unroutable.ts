// Reads which jobs processes could not run (B1), by what they need.
import type { RedisClient } from '../../../redis/connection.js';
import { pairsOf } from '../../../lib/chunks.js';
import type { UnroutableJobs } from '../../../model/reports/unroutable-jobs.js';
import type { LaneKeys } from '../keys.js';
import { isObject, orUndefined, parsed } from '../record-checks.js';

/** One step looks at so many. */
const PAGE = 200;
/** So many of a lane are looked at. */
const MOST = 1_000;

export async function readUnroutable(
  client: RedisClient,
  lanes: readonly LaneKeys[],
): Promise<UnroutableJobs[]> {
  return (await Promise.all(lanes.map((keys) => readLane(client, keys)))).flat();
}

async function readLane(client: RedisClient, keys: LaneKeys): Promise<UnroutableJobs[]> {
  const found = new Map<string, UnroutableJobs>();
  let cursor = '0';
  let seen = 0;
  do {
    const [next, flat] = await client.hscan(keys.list('unknown'), cursor, 'COUNT', PAGE);
    for (const [job, json] of pairsOf(flat)) {
      seen++;
      const entry = orUndefined(() => parsed('unknown', json, isObject<{ needs?: unknown }>));
      const needs = String(entry?.needs);
      const [, kind, name = ''] = /^(task|policy|codec):(.*)$/s.exec(needs) ?? [];
      if (kind === undefined) continue;
      const known = found.get(needs);
      if (known) known.jobs++;
      else
        found.set(needs, {
          lane: keys.lane,
          kind: kind as UnroutableJobs['kind'],
          name,
          jobs: 1,
          job,
        });
    }
    cursor = next;
  } while (cursor !== '0' && seen < MOST);
  return [...found.values()];
}
