// Composites, from their submission until the producer has the last result: parts per second.
import { deepStrictEqual } from 'node:assert';
import { untilIdle } from '../idle.js';
import { inGroups, type Session } from '../sides/side.js';
import { startStopwatch } from '../stopwatch.js';
import { throughput, withSession, type Measured, type Place, type Scenario } from './scenario.js';

const CONCURRENCY = 50;

export function parallelScenario(composites: number, parts: number): Scenario {
  const jobs = composites * parts;
  return {
    name: `parallel/${composites}x${parts}`,
    metrics: [{ name: `parallel ${composites} × ${parts}`, unit: 'parts/s', better: 'higher', targets: [1, 5] }],
    measure: (place) =>
      submitToResult(place, jobs, async (session) => {
        const values = await session.parallel(composites);
        return () => {
          // A flow's values have no order in BullMQ.
          const sorted = values.map((ofOne) => ofOne.toSorted((a, b) => Number(a) - Number(b)));
          deepStrictEqual(sorted, inGroups(jobs, composites));
        };
      }),
  };
}

export function serialScenario(composites: number, steps: number): Scenario {
  const jobs = composites * steps;
  return {
    name: `serial/${composites}x${steps}`,
    metrics: [{ name: `serial ${composites} × ${steps}`, unit: 'steps/s', better: 'higher', targets: [1, 4] }],
    measure: (place) =>
      submitToResult(place, jobs, async (session) => {
        const last = await session.serial(composites);
        return () =>
          deepStrictEqual(
            last,
            inGroups(jobs, composites).map((chain) => chain.at(-1)),
          );
      }),
  };
}

/** `run` gives the check of its results, which is not timed. */
async function submitToResult(
  place: Place,
  jobs: number,
  run: (session: Session) => Promise<() => void>,
): Promise<Measured> {
  return await withSession(place, jobs, async (session) => {
    await session.startWorker(CONCURRENCY);
    await untilIdle();
    const stop = await startStopwatch(place.redis);
    const check = await run(session);
    const lap = await stop();
    check();
    return throughput(jobs, lap);
  });
}
