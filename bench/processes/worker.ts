// A worker process of one side: one worker, as in a pod, for all measurements of a scenario.
import { sides } from '../sides/index.js';
import type { Worker } from '../sides/side.js';
import { Workload } from '../workload.js';
import { answer, common } from './answer.js';
import type { WorkerCalls } from './calls.js';

const workload = new Workload();
let worker: Worker | undefined;

answer({
  ...common,
  start: async ({ side, ...options }) => {
    worker = await sides[side].worker({ ...options, workload });
    await worker.start();
  },
  expect: (count) => Promise.resolve(workload.expect(count)),
  hold: (count) => {
    workload.expect(count);
    return Promise.resolve(workload.hold());
  },
  untilStarted: (count) => workload.untilStarted(count),
  release: async () => {
    const releasedAt = performance.now();
    workload.release();
    await workload.untilCompleted();
    return (performance.now() - releasedAt) / 1_000;
  },
  check: async () => Promise.resolve(workload.check()),
  close: async () => {
    await worker?.close();
    workload.check();
  },
} satisfies WorkerCalls);
