// Every write of a run, of recovery and of a producer, each with a scenario that makes it: for
// tests that let each of them go wrong.
import { agentChanges } from './faulty-agents.js';
import { changes } from './faulty-changes.js';
import { puts } from './faulty-puts.js';
import { recoveries } from './faulty-recovery.js';
import { runs } from './faulty-runs.js';
import type { Write } from './faulty-scene.js';

export const writes: readonly Write[] = [
  ...runs,
  ...recoveries,
  ...puts,
  ...changes,
  ...agentChanges,
];
