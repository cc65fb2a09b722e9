// Faults between a step and its answer.
import type { RedisLane } from '../kit/store.js';

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
