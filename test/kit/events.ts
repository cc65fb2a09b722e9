// What BullMQ's own event stream says happened to jobs: independent of anything that Drover tells.
import type { Job } from '@drover/core';
import type { TestContext } from './context.js';

/** How often each job ended, by id, from the event stream of a queue. */
export async function endsByJob({ redis, prefix }: TestContext, queue: string): Promise<Map<string, number>> {
  const ends = new Map<string, number>();
  for (const [, flat] of await redis.xrange(`${prefix}:${queue}:events`, '-', '+')) {
    const event = flat[flat.indexOf('event') + 1];
    const jobId = flat[flat.indexOf('jobId') + 1] ?? '';
    if (event === 'completed' || event === 'failed') ends.set(jobId, (ends.get(jobId) ?? 0) + 1);
  }
  return ends;
}

/** Expects each of these jobs to have ended exactly once. */
export async function expectEndedOnce(context: TestContext, queue: string, jobs: readonly Job[]): Promise<void> {
  const ends = await endsByJob(context, queue);
  expect(jobs.map(({ id, task }) => [task, ends.get(id) ?? 0])).toEqual(jobs.map(({ task }) => [task, 1]));
}
