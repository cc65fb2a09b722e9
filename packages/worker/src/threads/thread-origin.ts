// Inside a task thread: finds the run whose code ends the thread (D7). Node calls the listeners of
// an uncaught error, an unhandled rejection and an exit in the async context of their origin.
import { AsyncLocalStorage } from 'node:async_hooks';
import { Failure } from '@drover/core';
import type { ClaimedJob } from '@drover/core/internal';
import type { RunName, ThreadReport } from './thread-messages.js';

const runs = new AsyncLocalStorage<RunName>();

/** Calls `run`. All code that it starts belongs to that run, even after its end. */
export function asRunOf<T>({ id, task, fence }: ClaimedJob, run: () => T): T {
  return runs.run({ id, task, fence }, run);
}

/** Reports uncaught errors and exits. A task's own listener may keep an error from ending it. */
export function postEnds(post: (report: ThreadReport) => void): void {
  process.on('uncaughtExceptionMonitor', (error) =>
    post({ thrown: { by: runs.getStore(), failure: Failure.from(error).toJSON() } }),
  );
  process.on('exit', () => post({ exits: { by: runs.getStore() } }));
}
