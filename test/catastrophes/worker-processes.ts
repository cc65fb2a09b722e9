// Worker processes of one queue, for tests of processes that die.
import type { TestContext } from '../kit/context.js';
import { startWorker, type WorkerProcess, type WorkerProgramOptions } from '../kit/worker.js';

/** Starts a process whose dispatcher runs two jobs of the queue at a time. */
export function worker(
  { prefix }: TestContext,
  queue: string,
  uuid: string,
  options: Partial<WorkerProgramOptions> = {},
): WorkerProcess {
  return startWorker({
    prefix,
    uuid,
    queues: { [queue]: { main: { size: 2 } } },
    ...options,
  });
}

/** For a process that has to start on a loaded machine, in ms. */
export const PATIENCE = { timeout: 20_000 };
/** Short intervals, for tests that wait for a death. */
export const QUICK = { pingInterval: 200, deathInterval: 1_000 };
/** A test with these intervals shows that it waits for none of them. */
export const SLOW = { pingInterval: 10_000, deathInterval: 600_000 };
