// Finds a job by its id in whichever queue it is.
import type { Job, Queue } from '@drover/core';
import { NotThereError } from './not-there.js';
import type { Sources } from './sources.js';

export interface Found {
  queue: Queue;
  job: Job;
}

/** So many queues are looked into at a time. */
const AT_ONCE = 20;

/**
 * @param queue its queue, where that is known
 * @throws NotThereError where no queue has it; InvalidArgumentError where `id` is not the id of a
 *   job
 */
export async function findJob(sources: Sources, id: string, queue?: string): Promise<Found> {
  const names = queue === undefined ? await sources.queueNames() : [queue];
  for (let next = 0; next < names.length; next += AT_ONCE) {
    const looks = names.slice(next, next + AT_ONCE).map(async (name) => {
      const found = sources.queue(name);
      return { queue: found, job: await found.get(id) };
    });
    for (const { queue: of, job } of await Promise.all(looks)) if (job) return { queue: of, job };
  }
  const where = queue === undefined ? 'any queue' : `the queue ${queue}`;
  throw new NotThereError(
    `there is no job ${id} in ${where}: it was removed, retention has trimmed it, or the prefix ` +
      'is another one',
  );
}
