// Clients that do something before they send a script of Drover's.
import type { RedisClient } from './store.js';
import { scriptNames } from './faults/script-names.js';

/** A process whose connection ends leaves the same behind as one that dies. */
export const DIED = new Error('Connection is closed.');

/** A client of `redis` that calls `first` before it sends one of these scripts. */
export async function beforeScripts(
  redis: RedisClient,
  scripts: readonly string[],
  first: () => Promise<unknown>,
): Promise<RedisClient> {
  const names = await scriptNames();
  return new Proxy(redis, {
    get(client, name) {
      const found: unknown = Reflect.get(client, name);
      if (typeof found !== 'function') return found;
      if (name !== 'evalsha') return found.bind(client) as unknown;
      return async (hash: string, ...args: unknown[]): Promise<unknown> => {
        if (scripts.includes(names.get(hash) ?? '')) await first();
        return await (found.call(client, hash, ...args) as Promise<unknown>);
      };
    },
  });
}

/**
 * The client of a process that dies between two scripts of one transition: it rejects with `DIED`
 * instead of sending one of these scripts for the nth time.
 */
export async function dyingBefore(
  redis: RedisClient,
  scripts: readonly string[],
  nth: number,
): Promise<RedisClient> {
  let times = 0;
  return await beforeScripts(redis, scripts, () =>
    ++times >= nth ? Promise.reject(DIED) : Promise.resolve(),
  );
}
