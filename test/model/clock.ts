// A clock for histories, this process's and that of the scripts: it stands still, and moves by
// whole ticks.
import type { Redis } from 'ioredis';
import { parts } from '../../packages/core/dist/store/bullmq/scripts/scripts.generated.js';

/** ms. A time that shall pass after two ticks, and not after one, is `LATER`. */
export const TICK = 60_000;
export const LATER = 1.5 * TICK;

/** Where the scripts find the time, ms since 1970, while the clock stands. */
const KEY = `drover-model-time-${process.pid}`;
const TIME = "redis.call('TIME')";
const TIME_OR_KEY = `(function()
  local at = redis.call('GET', '${KEY}')
  if not at then return ${TIME} end
  return { math.floor(at / 1000), at % 1000 * 1000 }
end)()`;

const realNow = Date.now;
const realMonotonic = process.hrtime.bigint;
let now = realNow();
let monotonic = realMonotonic();
let redis: Redis | undefined;

// Each script is put together of these when this process first uses it.
for (const [i, part] of parts.entries())
  (parts as string[])[i] = part.replaceAll(TIME, TIME_OR_KEY);

/** Stops the clock of this process, and that of its scripts. */
export function stopClock(client: Redis): void {
  redis = client;
  now = Math.max(now, realNow());
  // Both are ahead by as much: what one has before the other never changes.
  monotonic = realMonotonic() + BigInt(now - realNow()) * 1_000_000n;
  Date.now = () => now;
  process.hrtime.bigint = () => monotonic;
  tell();
}

export function tick(): void {
  now += TICK;
  monotonic += BigInt(TICK) * 1_000_000n;
  tell();
}

export async function startClock(): Promise<void> {
  Date.now = realNow;
  process.hrtime.bigint = realMonotonic;
  await redis?.del(KEY);
}

/** Redis takes the commands of a connection in their order: the next script sees it. */
function tell(): void {
  void redis?.set(KEY, now);
}
