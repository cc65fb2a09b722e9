// Composites, from their submission until the producer has the last result: parts per second.
import type { Pair } from '../pair.js';
import { throughput, withPair, type Scenario } from './scenario.js';

const CONCURRENCY = 50;

export function parallelScenario(composites: number, parts: number): Scenario {
  const jobs = composites * parts;
  return {
    name: `parallel/${composites}x${parts}`,
    metrics: [
      {
        name: `parallel ${composites} × ${parts}`,
        unit: 'parts/s',
        better: 'higher',
        targets: [1, 5],
      },
    ],
    start: submitToResult(jobs, ({ producer }) => producer.call('parallel', jobs, composites)),
  };
}

export function serialScenario(composites: number, steps: number): Scenario {
  const jobs = composites * steps;
  return {
    name: `serial/${composites}x${steps}`,
    metrics: [
      {
        name: `serial ${composites} × ${steps}`,
        unit: 'steps/s',
        better: 'higher',
        targets: [1, 4],
      },
    ],
    start: submitToResult(jobs, ({ producer }) => producer.call('serial', jobs, composites)),
  };
}

/** @param run resolves with its seconds */
function submitToResult(jobs: number, run: (pair: Pair) => Promise<number>): Scenario['start'] {
  return withPair(CONCURRENCY, async (pair) => {
    await pair.worker.call('expect', jobs);
    const lap = await pair.time(() => run(pair));
    await pair.worker.call('check');
    return throughput(jobs, lap);
  });
}
