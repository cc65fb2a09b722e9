// Dispatchers and tasks for the tests of composites.
import { defineTask, Failure, type Job } from '@drover/core';
import type { Dispatcher } from '@drover/worker';
import type { TestContext } from '../../../../test/kit/context.js';
import { dispatchersIn, type StartOptions } from '../../../../test/kit/dispatchers.js';

/** Starts a dispatcher for one queue; it stops after the test file. */
export async function startDispatcher(
  context: TestContext,
  queue: string,
  size?: number,
  options: StartOptions = {},
): Promise<Dispatcher> {
  return await dispatchersIn(context).start(queue, { size, ...options });
}

/** Returns its argument. */
export const give = defineTask('composite.give', <T>(value: T) => value) as {
  job<T>(value: T): Job<T>;
};

/** Throws a RangeError. */
export const fail = defineTask('composite.fail', (message: string): number => {
  throw new RangeError(message);
});

/** Returns its arguments; of each job its task, status and result, a failure as text. */
export const gather = defineTask('composite.gather', (...args: unknown[]) =>
  args.map((arg) => {
    if (typeof arg !== 'object' || arg === null || !('status' in arg)) return arg;
    const { status, result, task } = arg as Job;
    return [task, status, result instanceof Failure ? String(result) : result];
  }),
);
