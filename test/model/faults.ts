// Faults between a step and its answer.
import type { RedisLane, RedisClient } from '../kit/store.js';

export const DIED = new Error('its process died');

/** The client of a process that dies before it sends one of these scripts for the nth time. */
export function dyingBefore(
  client: RedisClient,
  scripts: readonly string[],
  nth: number,
): RedisClient {
  let times = 0;
  return new Proxy(client, {
    get(target, name) {
      if (scripts.includes(String(name)) && ++times >= nth) return () => Promise.reject(DIED);
      const found: unknown = Reflect.get(target, name);
      return typeof found === 'function' ? (found.bind(target) as unknown) : found;
    },
  });
}

/** Its first finish is stored, and says that the connection was lost. */
export function losingFirstReply(store: RedisLane): RedisLane {
  const complete = store.complete.bind(store);
  let isFirst = true;
  store.complete = async (...args) => {
    const reply = await complete(...args);
    if (isFirst) {
      isFirst = false;
      throw Object.assign(new Error('the reply was lost'), { code: 'ECONNRESET' });
    }
    return reply;
  };
  return store;
}
