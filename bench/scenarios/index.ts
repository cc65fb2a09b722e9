// All scenarios, in the order in which they run.
import { composite, shapes } from './composite.js';
import { latency } from './latency.js';
import { memory } from './memory.js';
import { plain, put } from './plain.js';
import type { Scenario } from './scenario.js';

const JOBS = 5_000;
const ROUND_TRIPS = 1_000;

export const scenarios: readonly Scenario[] = [
  ...[1, 10, 50, 200].map((concurrency) => plain(concurrency, JOBS)),
  put(JOBS),
  ...shapes.map(composite),
  latency(ROUND_TRIPS),
  ...shapes.map(memory),
];
