// Keeps the system lane open and complete: another program, such as a dashboard for BullMQ, may
// have paused, limited or emptied it (O6).
import type { RedisClient } from '../../../redis/connection.js';
import { chunksOf } from '../../../lib/chunks.js';
import { SYSTEM_LANE } from '../../../lib/names.js';
import { LaneKeys } from '../keys.js';
import { runScript } from '../scripts/run-script.js';

/** One call looks at so many entries, the oldest ones. Later ones follow when these are decided. */
const MAX_ENTRIES = 1_000;
/** One script call looks at so many. */
const PAGE = 200;

/** Undoes a pause or a limit of a queue's system lane. True: there was one. */
export async function openSystemLane(
  client: RedisClient,
  prefix: string,
  queue: string,
): Promise<boolean> {
  const keys = new LaneKeys(prefix, queue, SYSTEM_LANE);
  return (await runScript(client, 'openSystemLane', [keys.list('meta')], [keys.base])) === 1;
}

/**
 * Puts back the jobs of a queue's system lane that were removed before their decision was stored.
 * @param now ms since 1970
 * @returns the ids of these jobs
 */
export async function restoreUndecided(
  client: RedisClient,
  prefix: string,
  queue: string,
  now: number,
): Promise<string[]> {
  const keys = new LaneKeys(prefix, queue, SYSTEM_LANE);
  const undecided = keys.list('undecided');
  const entries = await client.zrange(undecided, 0, String(MAX_ENTRIES - 1));
  const restored: string[] = [];
  for (const page of chunksOf(entries, PAGE)) {
    const args = [keys.base, keys.root, now, ...page];
    restored.push(
      ...((await runScript(client, 'restoreUndecided', [undecided], args)) as string[]),
    );
  }
  return restored;
}
