// The ends of jobs in BullMQ's own event stream: independent of anything that Drover tells.
import type { Job } from '@drover/core';
import type { TestContext } from './context.js';
import { isPackId, partsIn } from './packs.js';

/** The last event of a queue so far, for those who want to know only what comes after it. */
export async function lastEvent({ redis, prefix }: TestContext, queue: string): Promise<string> {
  const [last] = await redis.xrevrange(`${prefix}:${queue}:events`, '+', '-', 'COUNT', 1);
  return last?.[0] ?? '0-0';
}

/**
 * How often each job ended, by id, from the event stream of a queue; `after` an event, or from the
 * beginning. The end of a pack is that of its parts. One that was opened has events of its parts.
 */
export async function endsByJob(
  context: TestContext,
  queue: string,
  after = '0-0',
): Promise<Map<string, number>> {
  const { redis, prefix } = context;
  const ends = new Map<string, number>();
  for (const [, flat] of await redis.xrange(`${prefix}:${queue}:events`, `(${after}`, '+')) {
    const event = flat[flat.indexOf('event') + 1];
    const jobId = flat[flat.indexOf('jobId') + 1] ?? '';
    if (event === 'completed' || event === 'failed') ends.set(jobId, (ends.get(jobId) ?? 0) + 1);
  }
  for (const [id, count] of [...ends].filter(([id]) => isPackId(id)))
    for (const part of await partsIn(context, queue, id))
      ends.set(part, (ends.get(part) ?? 0) + count);
  return ends;
}

/** Expects each of these jobs to have ended exactly once. */
export async function expectEndedOnce(
  context: TestContext,
  queue: string,
  jobs: readonly Job[],
): Promise<void> {
  const ends = await endsByJob(context, queue);
  expect(jobs.map(({ id, task }) => [task, ends.get(id) ?? 0])).toEqual(
    jobs.map(({ task }) => [task, 1]),
  );
}
