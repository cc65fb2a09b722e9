// After a run everything is removed as retention does it: what is left of Drover's in Redis is a
// short list of known keys.
import { isKept } from '#kit/kept-keys';
import { lanesOf, trimCompleted } from '#kit/store';
import type { Redis } from 'ioredis';
import { keysOf } from './check/read.js';
import type { Violation } from './check/violation.js';

export interface Removal {
  /** Keys that stay. */
  left: string[];
  violations: Violation[];
}

/**
 * Removes all jobs as retention does, in the order in which it finds them, and looks what is left.
 */
export async function removeAll(
  redis: Redis,
  { prefix, queues }: { prefix: string; queues: readonly string[] },
): Promise<Removal> {
  // A job in one of them may keep one in another.
  for (let removed = 1; removed > 0;) {
    removed = 0;
    for (const queue of queues) {
      const lanes = await lanesOf(redis, prefix, queue);
      removed += await trimCompleted(redis, prefix, queue, lanes, { age: 0, count: 0 });
    }
  }
  const keys = await keysOf(redis, `${prefix}:*`);
  const names = keys.map((key) =>
    key.slice(prefix.length + 1).replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, '<uuid>'),
  );
  const kept = await Promise.all(
    keys.map(async (key) => isKept(key) || (await isShortLived(redis, key))),
  );
  const violations = keys
    .filter((_, i) => !kept[i])
    .map((key) => ({
      rule: 'J9',
      what: `${key} is left in Redis when every job has been removed`,
    }));
  return { left: [...new Set(names)].sort(), violations };
}

/**
 * A repeated call finds it after a lost reply, and it is kept for ten minutes; or it goes with the
 * record of a dispatcher that ended before it took a change over (docs/protocol/keys.md).
 */
async function isShortLived(redis: Redis, key: string): Promise<boolean> {
  if (/:(replaced|pulled)$/.test(key)) return (await redis.pttl(key)) > 0;
  const record = /^(.*:dispatcher:[^:]+):wishes$/.exec(key)?.[1];
  return record !== undefined && (await redis.exists(record)) === 1;
}
