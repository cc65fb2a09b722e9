// Takes one pending job out of a queue, by its position (Q3).
import { InvalidArgumentError } from '../../errors.js';
import { laneOf } from '../../job/handle-data.js';
import { jobFromStored, renewJob } from '../../task/revive.js';
import type { JobGateway } from '../../job/job-gateway.js';
import { JobStatus } from '../../model/job-state.js';
import type { Job } from '../../job/job.js';
import type { QueueStore } from '../../store/bullmq/queue-store.js';

/**
 * @param index from 0; below 0 it counts from the end
 * @returns the job, which is new again (Q1); undefined where the queue is shorter
 * @throws InvalidArgumentError where `index` is no whole number
 */
export async function pullJob(
  store: QueueStore,
  gateway: JobGateway,
  index: number,
): Promise<Job | undefined> {
  if (!Number.isInteger(index)) throw new InvalidArgumentError('index must be a whole number');
  let last: string | undefined;
  for (let passed = 0; ;) {
    const position = index < 0 ? (await store.length(false)) + index - passed : index + passed;
    const job = position < 0 ? undefined : await pendingAt(store, gateway, position);
    if (!job && (index >= 0 || position <= 0)) return undefined;
    if (!job) {
      passed++;
      continue;
    }
    const removal = await store.pull(job.id, laneOf(job));
    if (typeof removal === 'object') return renewJob(job, job, removal);
    // Another process took the job, and another one has its position. If the same job is found
    // again, it cannot be pulled: the next one is.
    if (job.id === last) passed++;
    last = job.id;
  }
}

/**
 * Jobs of the system lane are not counted: without its decision an interrupted job would be lost.
 */
async function pendingAt(
  store: QueueStore,
  gateway: JobGateway,
  index: number,
): Promise<Job | undefined> {
  const [stored] = await store.list({ statuses: new Set([JobStatus.PENDING]) }, index, 1, {
    withSystem: false,
  });
  return stored && jobFromStored(stored, gateway);
}
