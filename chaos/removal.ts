// After a run everything is removed as retention does it: what is left of Drover's in Redis is a
// short list of known keys.
import { isKept } from '#kit/kept-keys';
import { lanesOf, trimCompleted } from '#kit/store';
import type { Redis } from 'ioredis';
import { keysOf } from './check/facts.js';
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
  const violations = keys
    .filter((key) => !isKept(key))
    .map((key) => ({
      rule: 'J9',
      what: `${key} is left in Redis when every job has been removed`,
    }));
  return { left: [...new Set(names)].sort(), violations };
}
