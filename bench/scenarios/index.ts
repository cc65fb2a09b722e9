// All scenarios, in the order in which they run.
import { parallelScenario, serialScenario } from './composite.js';
import { latency } from './latency.js';
import { memory } from './memory.js';
import { plain, put } from './plain.js';
import type { Scenario } from './scenario.js';

const PLAIN_JOBS = 5_000;

/** @param quick with fewer jobs */
export function scenarios(quick: boolean): Scenario[] {
  const jobs = quick ? PLAIN_JOBS / 5 : PLAIN_JOBS;
  return [
    plain(1, jobs),
    plain(10, jobs),
    plain(50, jobs),
    plain(200, jobs),
    put(jobs),
    ...(quick
      ? [
          parallelScenario(20, 100),
          parallelScenario(1, 2_000),
          serialScenario(1, 200),
          serialScenario(20, 20),
        ]
      : [
          parallelScenario(100, 100),
          parallelScenario(10, 1_000),
          parallelScenario(1, 10_000),
          serialScenario(1, 1_000),
          serialScenario(50, 20),
        ]),
    latency(quick ? 200 : 1_000),
    memory(quick ? 2_000 : 10_000),
  ];
}
