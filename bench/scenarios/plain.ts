// Plain jobs per second, of a worker that is running already and has all its slots full.
import type { Pair } from '../pair.js';
import type { SideName } from '../sides/side.js';
import { throughput, withPair, type Scenario } from './scenario.js';

/** The sides of plain jobs. */
export const PLAIN_SIDES: readonly SideName[] = ['raw', 'drover', 'bee-queue'];

export function plain(concurrency: number, jobs: number): Scenario {
  return {
    name: `plain/${concurrency}`,
    jobs,
    sides: PLAIN_SIDES,
    metrics: [
      {
        name: `plain jobs, concurrency ${concurrency}`,
        unit: 'jobs/s',
        better: 'higher',
        targets: { raw: [0.95, 1] },
      },
    ],
    start: withPair(concurrency, async (pair) => {
      await fillSlots(pair, concurrency, jobs);
      await pair.producer.call('put', concurrency, jobs);
      const lap = await pair.time(() => pair.worker.call('release'));
      await pair.worker.call('check');
      return throughput(jobs, lap);
    }),
  };
}

/** Slots of the worker that runs the jobs of the put scenario. */
const PUT_SLOTS = 100;

/** Puts of many jobs at once, while the worker has no slot free and does nothing. */
export function put(jobs: number): Scenario {
  return {
    name: 'put',
    jobs,
    sides: PLAIN_SIDES,
    metrics: [
      {
        name: 'put, a thousand at a time',
        unit: 'jobs/s',
        better: 'higher',
        targets: { raw: [0.95] },
      },
    ],
    start: withPair(PUT_SLOTS, async (pair) => {
      const all = PUT_SLOTS + jobs;
      await fillSlots(pair, PUT_SLOTS, all);
      const lap = await pair.time(() => pair.producer.call('put', PUT_SLOTS, all));
      await pair.worker.call('release');
      await pair.worker.call('check');
      return throughput(jobs, lap);
    }),
  };
}

/** Puts the first jobs of so many: one for each slot of the worker, held there until `release`. */
async function fillSlots({ worker, producer }: Pair, slots: number, jobs: number): Promise<void> {
  await worker.call('hold', jobs);
  await producer.call('put', 0, slots);
  await worker.call('untilStarted', slots);
}
