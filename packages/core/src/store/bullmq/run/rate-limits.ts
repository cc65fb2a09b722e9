// The rate limits of a queue in Redis (Q9).
import type { RedisClient } from '../../../redis/connection.js';
import type { LaneKeys } from '../keys.js';
import { runScript } from '../scripts/run-script.js';
import { countNaming, sweepKeysOf } from './quotas.js';

export interface StoredRateLimit {
  /** Of a key of a limit with keys: `tenant/acme`. */
  name: string;
  /** At most so many jobs start ... */
  max: number;
  /** ... in any so many ms. */
  duration: number;
  /** The number of starts in the last `duration` ms; undefined for a limit with keys. */
  started?: number;
  /** The number of jobs that wait for it; undefined for a limit with keys. */
  waiters?: number;
  /** Of a limit with keys: the number of those that have jobs (Q9). */
  keys?: number;
  /** Until when a RateLimitedError has closed it; undefined: it is not closed. */
  closedUntil?: number;
}

type Rate = Pick<StoredRateLimit, 'max' | 'duration'>;

/** The answer to a change. */
export type RateLimitChange = 'done' | 'refused' | 'other kind';

/** Creates or changes a rate limit. 'refused': `create` has found another rate, `resize` none. */
export async function changeRateLimit(
  client: RedisClient,
  keys: LaneKeys,
  { name, step, isKeyed }: { name: string; step: 'create' | 'resize'; isKeyed: boolean },
  { max, duration }: Rate,
): Promise<RateLimitChange> {
  const args = [keys.queueBase, name, step, `${max}/${duration}`, isKeyed ? 1 : 0];
  const reply = await runScript(client, 'setRateLimit', [keys.rateLimits], args);
  // The next reconcile passes do the rest where this process dies.
  if (reply === 2) await sweepKeysOf(client, keys, `rate:${name}/`);
  return reply === 0 ? 'refused' : reply === -1 ? 'other kind' : 'done';
}

/**
 * Removes a rate limit that no pending job names. Returns the number of those that do; undefined:
 * there is no such limit.
 */
export async function removeRateLimit(
  client: RedisClient,
  keys: LaneKeys,
  name: string,
): Promise<number | undefined> {
  // A key whose jobs another program has deleted counts no more.
  const isKeyed = (await client.hexists(keys.rateLimits, `${name}/`)) === 1;
  if (isKeyed) await sweepKeysOf(client, keys, `rate:${name}/`);
  const naming = await countNaming(client, keys, `rate:${name}`);
  const args = [keys.queueBase, name, 'remove', naming, 0];
  const reply = await runScript(client, 'setRateLimit', [keys.rateLimits], args);
  if (Array.isArray(reply)) return Number(reply[0]);
  return reply === 1 ? 0 : undefined;
}

/**
 * The rate limits of a queue, ordered by name, or the one of this name: that of a limit, or of one
 * of its keys.
 */
export async function readRateLimits(
  client: RedisClient,
  keys: LaneKeys,
  name = '',
): Promise<StoredRateLimit[]> {
  const args = [keys.queueBase, name];
  const reply = await runScript(client, 'readRateLimits', [keys.rateLimits], args);
  return (reply as [string, number, number, number, number?, number?][])
    .map(([stored, max, duration, count, waiters, closedUntil = 0]) =>
      waiters === undefined
        ? { name: stored.slice(0, -1), max, duration, keys: count }
        : {
            ...{ name: stored, max, duration, started: count, waiters },
            ...(closedUntil > 0 && { closedUntil }),
          },
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What a look at the rate limits of a queue has found. */
export interface LimitsLook {
  /** The number of limits that were due. */
  opened: number;
  /** Ms until the next one opens; undefined: no job waits for one. */
  opensIn: number | undefined;
}

/** Wakes the jobs that may start since their rate limits have opened. */
export async function openLimits(client: RedisClient, keys: LaneKeys): Promise<LimitsLook> {
  const reply = await runScript(client, 'openLimits', [keys.opening], [keys.queueBase]);
  const [opened, next] = reply as [number, number];
  return { opened, opensIn: next < 0 ? undefined : next };
}
