// Plain jobs per second, of a worker that is running already and has all its slots full.
import { setTimeout } from 'node:timers/promises';
import { withSession, type Scenario } from './scenario.js';

/** Until the threads and connections of the worker stand: how fast it starts is another question. */
const SETTLE = 250;

export function plain(concurrency: number, jobs: number): Scenario {
  return {
    name: `plain/${concurrency}`,
    metrics: [{ name: `plain jobs, concurrency ${concurrency}`, unit: 'jobs/s', better: 'higher', targets: [0.95] }],
    measure: async (place) => {
      const seconds = await withSession(place, jobs, async (session, workload) => {
        await session.putAll();
        workload.hold();
        await session.startWorker(concurrency);
        await workload.untilStarted(concurrency);
        await setTimeout(SETTLE);
        const startedAt = performance.now();
        workload.release();
        await workload.untilCompleted();
        return (performance.now() - startedAt) / 1000;
      });
      return [jobs / seconds];
    },
  };
}

/** Puts of many jobs at once, with no worker there. */
export function put(jobs: number): Scenario {
  return {
    name: 'put',
    metrics: [{ name: 'put, a thousand at a time', unit: 'jobs/s', better: 'higher', targets: [] }],
    measure: async (place) => {
      const seconds = await withSession(place, jobs, async (session, workload) => {
        const startedAt = performance.now();
        await session.putAll();
        const taken = (performance.now() - startedAt) / 1000;
        await session.startWorker(100);
        await workload.untilCompleted();
        return taken;
      });
      return [jobs / seconds];
    },
  };
}
