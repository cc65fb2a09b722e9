// Middleware: functions of the user's around each run (J11).
import { InvalidArgumentError, type Job } from '@drover/core';
import { callInside, describeValue } from '@drover/core/internal';

/**
 * Is called around each run of a task: see `Dispatcher.use`.
 * @param job the job that runs, as `local.getJob()` gives it
 * @param next calls the middleware inside this one, or the task, and gives its result
 * @returns the result of the run
 */
export type Middleware = (job: Job, next: () => Promise<unknown>) => unknown;

/** @throws InvalidArgumentError where it is no function */
export function checkMiddleware(middleware: unknown): asserts middleware is Middleware {
  if (typeof middleware === 'function') return;
  throw new InvalidArgumentError(
    `use takes a function, async (job, next) => …, but got ${describeValue(middleware)}`,
  );
}

const ONCE = 'a run is one call of its task. A retry policy lets the job run again';

/**
 * Calls `task` inside the middleware, whose first one is the outermost. The run does not end before
 * its task: that would go on outside every run.
 * @throws what the outermost one throws; BadStatusError where one calls `next` twice, or does not
 *   await it
 */
export async function runInside(
  middleware: readonly Middleware[],
  job: Job,
  task: () => unknown,
): Promise<unknown> {
  return await callInside(middleware, job, task, ONCE);
}
