// Inside a task thread: which run the code belongs to that ends the thread (D7). Node calls the
// listeners of an uncaught error, of an unhandled rejection and of an exit in the async context
// that these came from.
import { AsyncLocalStorage } from 'node:async_hooks';
import { Failure } from '@drover/core';
import type { ClaimedJob } from '@drover/core/internal';
import type { RunName, ThreadReport } from './thread-messages.js';

const runs = new AsyncLocalStorage<RunName>();

/** Calls `run` such that all that it starts, and leaves behind, belongs to that job. */
export function asRunOf<T>({ id, task, fence }: ClaimedJob, run: () => T): T {
  return runs.run({ id, task, fence }, run);
}

/**
 * Tells the dispatcher whose code ends the thread. Whether an error does end it is for Node, and
 * the listeners of tasks.
 */
export function postEnds(post: (report: ThreadReport) => void): void {
  process.on('uncaughtExceptionMonitor', (error) =>
    post({ thrown: { by: runs.getStore(), failure: Failure.from(error).toJSON() } }),
  );
  process.on('exit', () => post({ exits: { by: runs.getStore() } }));
}
