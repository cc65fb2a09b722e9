// Takes a pending job out of its queue (Q3).
import { BadStatusError } from '../../errors.js';
import { laneOf } from '../../job/handle-data.js';
import { Job } from '../../job/job.js';
import { SYSTEM_LANE } from '../../lib/names.js';
import { noteRemoved } from '../../task/revive.js';
import type { QueueParts } from '../queue-parts.js';

/** As `Queue.remove`. */
export async function removeJob(
  { name, store }: QueueParts,
  job: Job | string,
  get: (id: string) => Promise<Job | undefined>,
): Promise<void> {
  const id = job instanceof Job ? job.id : job;
  const found = await get(id);
  if (found && laneOf(found) === SYSTEM_LANE) {
    throw new BadStatusError(
      `job ${found.id} decides about an interrupted job: it cannot be removed`,
    );
  }
  const removal = found ? await store.remove(found.id, laneOf(found)) : 'unknown';
  if (found && typeof removal === 'object') {
    if (job instanceof Job) noteRemoved(job, found, removal);
    return;
  }
  if (removal === 'unknown') throw new BadStatusError(`job ${id} is not in the queue ${name}`);
  await found?.refresh();
  throw new BadStatusError(`job ${id} is ${found?.status}: only a pending job can be removed`);
}
