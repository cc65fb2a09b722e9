// A queue without a dispatcher, for the tests of puts: its jobs stay where they were put.
import { defineTask, JobStatus, type Job, type Queue } from '@drover/core';
import type { TestContext } from '../../../../test/kit/context.js';
import type { Dispatchers } from './dispatchers.js';

/** Returns its argument. */
export const echo = defineTask('shelf.echo', (value: unknown) => value);

/** The second elements of the first arguments in `queue` that begin with `of`. */
export async function shelvedIn(queue: Queue, of: string): Promise<unknown[]> {
  const jobs = await queue.jobs({ status: Object.values(JobStatus) });
  return jobs.flatMap(({ args: [value] }) =>
    Array.isArray(value) && value[0] === of ? [value[1] as unknown] : [],
  );
}

/** The queue, with functions that put a value of the kind `of`, and read all of that kind. */
export function shelfOf(context: TestContext) {
  const shelf = context.queue('shelf');
  return {
    shelf,
    shelve: async (of: string, value: unknown): Promise<Job> =>
      await shelf.put(echo.job([of, value])),
    shelved: async (of: string, queue = shelf) => await shelvedIn(queue, of),
  };
}

/** Runs a task as a job of a queue with its own dispatcher. */
export async function runTask<T>(
  context: TestContext,
  dispatchers: Dispatchers,
  name: string,
  task: () => T,
): Promise<{ job: Job<Awaited<T>>; value: Promise<unknown> }> {
  const queue = context.queue(name);
  await dispatchers.start(name);
  const job = await queue.put(defineTask(`puts.${name}`, task).job());
  return { job: job as Job<Awaited<T>>, value: job.wait() };
}
