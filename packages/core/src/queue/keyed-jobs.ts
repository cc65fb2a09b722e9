// The jobs that have the keys of a queue, in the places of those that a put does not store (Q8).
import { BadStatusError } from '../errors.js';
import { handleData } from '../job/handle-data.js';
import { placeJob } from '../job/handle-places.js';
import type { JobGateway } from '../job/job-gateway.js';
import type { Job } from '../job/job.js';
import type { NewStoredJob, PutInstead, StoredJob } from '../model/records.js';
import type { QueueStore } from '../store/bullmq/queue-store.js';
import { readJobOfKey } from '../store/bullmq/read/read.js';
import { jobAt, jobFromStored } from '../task/revive.js';
import type { QueueParts } from './queue-parts.js';

/** The job that has a key; undefined where the key is free. */
export async function findByKey(store: QueueStore, key: string): Promise<StoredJob | undefined> {
  return await store.use(({ client, keys }) => readJobOfKey(client, keys, key));
}

/**
 * A run stores its puts with its end. A key that is taken before that is refused at once (Q8).
 * @throws BadStatusError
 */
export async function refuseTaken(
  { store }: QueueParts,
  stored: readonly NewStoredJob[],
): Promise<void> {
  for (const { id, options } of stored) {
    if (options.key === undefined || options.whenTaken !== 'refuse') continue;
    const other = await findByKey(store, options.key);
    if (other && other.id !== id)
      throw new BadStatusError(
        `job ${id} was not put: job ${other.id} has its key ${JSON.stringify(options.key)} (whenTaken: 'refuse')`,
      );
  }
}

/** The handle of the job in the place of one that a put has not stored. */
export async function jobInstead(
  job: Job,
  { id, queue, lane }: PutInstead,
  gateway: JobGateway,
): Promise<Job> {
  const at = gateway.gatewayFor(queue);
  const place = { gateway: at, lane, origin: undefined };
  if (id === job.id) {
    placeJob(job, place);
    return await job.refresh();
  }
  const found = await at.read(id, lane);
  // It may have been removed since: then its handle says so when it is waited for.
  const other = found ? jobFromStored(found, at) : jobAt({ id, task: job.task }, place);
  other[handleData].wasThere = true;
  return other;
}
