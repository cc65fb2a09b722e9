// Plain jobs per second, of a worker that is running already and has all its slots full.
import { untilIdle } from '../idle.js';
import { startStopwatch } from '../stopwatch.js';
import { throughput, withSession, type Scenario } from './scenario.js';

export function plain(concurrency: number, jobs: number): Scenario {
  return {
    name: `plain/${concurrency}`,
    metrics: [{ name: `plain jobs, concurrency ${concurrency}`, unit: 'jobs/s', better: 'higher', targets: [0.95] }],
    measure: async (place) => {
      const lap = await withSession(place, jobs, async (session, workload) => {
        await session.putAll();
        workload.hold();
        await session.startWorker(concurrency);
        await workload.untilStarted(concurrency);
        await untilIdle();
        const stop = await startStopwatch(place.redis);
        workload.release();
        await workload.untilCompleted();
        return await stop();
      });
      return throughput(jobs, lap);
    },
  };
}

/** Puts of many jobs at once, with no worker there. */
export function put(jobs: number): Scenario {
  return {
    name: 'put',
    metrics: [{ name: 'put, a thousand at a time', unit: 'jobs/s', better: 'higher', targets: [] }],
    measure: async (place) => {
      const lap = await withSession(place, jobs, async (session, workload) => {
        const stop = await startStopwatch(place.redis);
        await session.putAll();
        const taken = await stop();
        await session.startWorker(100);
        await workload.untilCompleted();
        return taken;
      });
      return throughput(jobs, lap);
    },
  };
}
