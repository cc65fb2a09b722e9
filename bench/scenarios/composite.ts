// Composites, from their submission until the producer has the last result: parts per second.
import { deepStrictEqual } from 'node:assert';
import { setTimeout } from 'node:timers/promises';
import { inGroups } from '../sides/side.js';
import { withSession, type Scenario } from './scenario.js';

const CONCURRENCY = 50;
/** Until the worker is idle. */
const SETTLE = 250;

export function parallelScenario(composites: number, parts: number): Scenario {
  const jobs = composites * parts;
  return {
    name: `parallel/${composites}x${parts}`,
    metrics: [{ name: `parallel ${composites} × ${parts}`, unit: 'parts/s', better: 'higher', targets: [1, 5] }],
    measure: async (place) => [
      await withSession(place, jobs, async (session) => {
        await session.startWorker(CONCURRENCY);
        await setTimeout(SETTLE);
        const startedAt = performance.now();
        const values = await session.parallel(composites);
        const seconds = (performance.now() - startedAt) / 1000;
        // A flow's values have no order in BullMQ.
        const sorted = values.map((ofOne) => ofOne.toSorted((a, b) => Number(a) - Number(b)));
        deepStrictEqual(sorted, inGroups(jobs, composites));
        return jobs / seconds;
      }),
    ],
  };
}

export function serialScenario(composites: number, steps: number): Scenario {
  const jobs = composites * steps;
  return {
    name: `serial/${composites}x${steps}`,
    metrics: [{ name: `serial ${composites} × ${steps}`, unit: 'steps/s', better: 'higher', targets: [1, 4] }],
    measure: async (place) => [
      await withSession(place, jobs, async (session) => {
        await session.startWorker(CONCURRENCY);
        await setTimeout(SETTLE);
        const startedAt = performance.now();
        const last = await session.serial(composites);
        const seconds = (performance.now() - startedAt) / 1000;
        deepStrictEqual(last, inGroups(jobs, composites).map((chain) => chain.at(-1)));
        return jobs / seconds;
      }),
    ],
  };
}
