// Times a stretch of work, in seconds and in the CPU time of this process and of Redis.
import type { BenchRedis } from './redis.js';

export interface Lap {
  seconds: number;
  /** CPU seconds, of this process with all its threads and of Redis: they hardly change with what else the machine does. */
  cpu: number;
}

/** Starts to time. The function that it gives tells what passed until then. */
export async function startStopwatch(redis: BenchRedis): Promise<() => Promise<Lap>> {
  const redisBefore = await redis.cpuSeconds();
  const before = process.cpuUsage();
  const startedAt = performance.now();
  return async () => {
    const seconds = (performance.now() - startedAt) / 1000;
    const { user, system } = process.cpuUsage(before);
    return { seconds, cpu: (user + system) / 1e6 + (await redis.cpuSeconds()) - redisBefore };
  };
}
