// The sizes of quotas, and the slots that runs take and free (Q5).
import type { RedisClient } from '../../../redis/connection.js';
import { type LaneKeys } from '../keys.js';
import { lanesOf } from '../put/lanes.js';
import { runScript } from '../scripts/run-script.js';

export interface StoredQuota {
  name: string;
  size: number;
  /** The ids of the jobs that hold a slot. */
  holders: string[];
  /** The number of jobs in its quota queue. */
  waiters: number;
}

/** The number of jobs that hold a slot, and of pending jobs that name the quota. */
export interface QuotaUse {
  holders: number;
  pending: number;
}

/** The answer to a change. A quota that is in use is not removed. */
export type QuotaChange = 'done' | 'refused' | QuotaUse;

export async function setQuota(
  client: RedisClient,
  keys: LaneKeys,
  name: string,
  step: 'create' | 'resize' | 'remove',
  size = 0,
): Promise<QuotaChange> {
  const args = [keys.queueBase, name, step, size];
  const reply = await runScript(client, 'setQuota', [keys.quotas], args);
  if (!Array.isArray(reply)) return reply === 1 ? 'done' : 'refused';
  const [holders, pending] = reply.map(Number) as [number, number];
  return { holders, pending };
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

/** The quotas of a queue, ordered by name, or the one of this name. */
export async function readQuotas(
  client: RedisClient,
  keys: LaneKeys,
  name = '',
): Promise<StoredQuota[]> {
  const reply = await runScript(client, 'readQuotas', [keys.quotas], [keys.queueBase, name]);
  return (reply as [string, number, number, string[]][])
    .map(([found, size, waiters, holders]) => ({
      name: found,
      size,
      holders: holders.map((holder) => holder.slice(holder.indexOf(':') + 1)),
      waiters,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Frees slots that no job holds any more, and wakes the jobs that wait for them. */
export async function sweepQuotas(client: RedisClient, keys: LaneKeys): Promise<void> {
  await runScript(client, 'sweepQuotas', [keys.quotas], [keys.queueBase]);
}
