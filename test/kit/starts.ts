// The starts that rate limits record, as Redis executes them: of all dispatchers, by its own clock.
import { Redis } from 'ioredis';
import { cleanUpLater } from './cleanup.js';
import type { TestContext } from './context.js';

export interface Starts {
  /** The times of the starts so far of a limit, in µs since 1970. */
  of(queue: string, limit: string): number[];
  /** How often a task has closed a limit, and how many jobs started while it was closed. */
  closings(queue: string, limit: string): { count: number; started: number };
  /** How many starts more than `max` the fullest window of `duration` ms had. */
  excess(queue: string, limit: string, rate: { max: number; duration: number }): number;
}

/**
 * Notes all starts under the prefix of a test from now on. The test needs a Redis of its own:
 * MONITOR would show it the commands of all others.
 */
export async function recordStarts({ redisUrl, prefix }: TestContext): Promise<Starts> {
  const redis = new Redis(redisUrl);
  const monitor = await redis.monitor();
  cleanUpLater(() => {
    monitor.disconnect();
    redis.disconnect();
  });
  const starts = new Map<string, number[]>();
  /** In µs. */
  const closings = new Map<string, { from: number; till: number }[]>();
  monitor.on('monitor', (time: string, [command = '', key = '', value]: string[]) => {
    if (!key.startsWith(prefix)) return;
    const name = command.toLowerCase();
    const at = Math.round(Number(value) * 1_000);
    if (name === 'zadd' && key.endsWith(':starts'))
      starts.set(key, [...(starts.get(key) ?? []), at]);
    if (name === 'set' && key.endsWith(':closed'))
      closings.set(key, [
        ...(closings.get(key) ?? []),
        { from: Math.round(Number(time) * 1e6), till: at },
      ]);
  });
  const of = (queue: string, limit: string): number[] =>
    starts.get(`${prefix}:${queue}:rate:${limit}:starts`) ?? [];
  return {
    of,
    closings(queue, limit) {
      const found = closings.get(`${prefix}:${queue}:rate:${limit}:closed`) ?? [];
      const isDuring = (time: number) => found.some(({ from, till }) => time > from && time < till);
      return { count: found.length, started: of(queue, limit).filter(isDuring).length };
    },
    excess(queue, limit, { max, duration }) {
      const times = of(queue, limit).sort((a, b) => a - b);
      const isIn = (from: number) => (time: number) =>
        time >= from && time < from + duration * 1_000;
      return Math.max(0, ...times.map((from) => times.filter(isIn(from)).length - max));
    },
  };
}
