// What Redis keeps of a finished composite: all of it, its events too, after everybody has disconnected.
import { withSession, type Scenario } from './scenario.js';

const CONCURRENCY = 50;

export function memory(parts: number): Scenario {
  return {
    name: 'memory',
    metrics: [{ name: 'Redis memory per part', unit: 'bytes', better: 'lower', targets: [1.2, 0.3] }],
    maxRuns: 1,
    measure: async (place) => {
      const before = await place.redis.usedMemory();
      await withSession(place, parts, async (session) => {
        await session.startWorker(CONCURRENCY);
        await session.parallel(1);
      });
      return { values: [((await place.redis.usedMemory()) - before) / parts] };
    },
  };
}
