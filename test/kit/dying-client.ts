// The client of a process that dies between two scripts of one transition.
import type { RedisClient } from './store.js';

/** A process whose connection ends leaves the same behind as one that dies. */
export const DIED = new Error('Connection is closed.');

/**
 * A client of `redis` that rejects with `DIED` instead of sending one of these scripts for the nth
 * time.
 */
export function dyingBefore(
  redis: RedisClient,
  scripts: readonly string[],
  nth: number,
): RedisClient {
  let times = 0;
  return new Proxy(redis, {
    get(client, name) {
      if (scripts.includes(String(name)) && ++times >= nth) return () => Promise.reject(DIED);
      const found: unknown = Reflect.get(client, name);
      return typeof found === 'function' ? (found.bind(client) as unknown) : found;
    },
  });
}
