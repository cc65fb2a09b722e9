// From the put until the producer sees the result, one job after another.
import { strictEqual } from 'node:assert';
import { untilIdle } from '../idle.js';
import { percentile } from '../statistics.js';
import { withSession, type Metric, type Scenario } from './scenario.js';

/** The first jobs bring up connections and scripts. */
const WARM_UP = 100;

export function latency(jobs: number): Scenario {
  const metric: Omit<Metric, 'name'> = { unit: 'ms', better: 'lower', targets: [1.15] };
  return {
    name: 'latency',
    metrics: [
      { ...metric, name: 'put → result seen, p50' },
      { ...metric, name: 'put → result seen, p99' },
    ],
    measure: async (place) => {
      const times = await withSession(place, WARM_UP + jobs, async (session) => {
        await session.startWorker(1);
        await untilIdle();
        const all: number[] = [];
        for (let index = 0; index < WARM_UP + jobs; index++) {
          const startedAt = performance.now();
          const value = await session.roundTrip(index);
          all.push(performance.now() - startedAt);
          strictEqual(value, index);
        }
        return all.slice(WARM_UP);
      });
      return { values: [percentile(times, 0.5), percentile(times, 0.99)] };
    },
  };
}
