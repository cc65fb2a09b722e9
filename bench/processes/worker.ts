// In a process of a side: its one worker, as in a pod.
import { sides } from '../sides/index.js';
import type { Worker } from '../sides/side.js';
import { Workload } from '../workload.js';
import type { CommonCalls, WorkerCalls } from './calls.js';

const workload = new Workload();
let worker: Worker | undefined;

export const workerCalls: Omit<WorkerCalls, keyof CommonCalls> = {
  startWorker: async ({ side, ...options }) => {
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
};

export async function closeWorker(): Promise<void> {
  await worker?.close();
  workload.check();
}
