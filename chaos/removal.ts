// After a run everything is removed as retention does it: what is left of Drover's in Redis is a short list of known keys.
import { LaneKeys, lanesOf, trimCompleted } from '@drover/core/internal';
import type { Redis } from 'ioredis';
import { keysOf } from './check/facts.js';
import type { Violation } from './check/violation.js';

/** For ever, and small: settings, event streams, and the records of dispatchers. */
const KNOWN =
  /:(meta|id|events|marker|lanes|quotas|quotas:arrivals|retention|begin-by|dispatchers|dispatcher:[0-9a-f-]{36})$/;

export async function removeAll(
  redis: Redis,
  { prefix, queue }: { prefix: string; queue: string },
): Promise<{ removed: number; left: string[]; violations: Violation[] }> {
  const lanes = await lanesOf(redis, prefix, queue);
  let removed = 0;
  for (let count = -1; count !== 0; removed += count) {
    count = await trimCompleted(redis, prefix, queue, lanes, { age: 0, count: 0 });
  }
  const keys = await keysOf(redis, `${prefix}:*`);
  const left = [...new Set(keys.map((key) => key.slice(new LaneKeys(prefix, queue, 'main').root.length)))].sort();
  const unknown = keys.filter((key) => !KNOWN.test(key));
  const violations = unknown.map((key) => ({
    rule: 'J9',
    what: `${key} is left in Redis when every job has been removed`,
  }));
  return { removed, left: left.map((key) => key.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, '<uuid>')), violations };
}
