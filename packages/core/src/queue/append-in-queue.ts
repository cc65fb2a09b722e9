// Appends jobs to a job of a queue: as part of a run (J6), where a part of that job appends; else
// at once, before that job starts (C4).
import { BadStatusError } from '../errors.js';
import type { JobGateway } from '../job/job-gateway.js';
import { laneOf, originOf } from '../job/handle-data.js';
import { placeJob } from '../job/handle-places.js';
import type { Job } from '../job/job.js';
import { currentRun, type RunContext } from '../job/run-context.js';
import { inheritedMeta } from '../model/meta.js';
import { putsOf } from './run-puts.js';
import type { QueueStore } from '../store/bullmq/queue-store.js';
import type { NewStoredJob } from '../model/records.js';

export interface Append {
  store: QueueStore;
  gateway: JobGateway;
  joining: Job;
  jobs: readonly Job[];
  /** The records of the jobs. */
  stored: readonly NewStoredJob[];
}

/**
 * @returns false where the joining job is not stored in its lane: nothing is appended
 * @throws BadStatusError where nothing can be appended any more
 */
export async function appendInQueue({
  store,
  gateway,
  joining,
  jobs,
  stored,
}: Append): Promise<boolean> {
  const run = gateway.isImmediate ? undefined : currentRun();
  const origin = originOf(joining);
  const at = { id: joining.id, lane: laneOf(joining) };
  const key = store.keyOf(at);
  // A run that has appended to that job before may do so while it lasts.
  if (run && (putsOf(run).appendsTo(key) || (await mayAppend(store, run, key)))) {
    const puts = putsOf(run);
    for (const [i, job] of jobs.entries()) {
      const record = stored[i] as NewStoredJob;
      const meta = inheritedMeta(record.options.meta, run.meta);
      if (meta) record.options.meta = meta;
      puts.add(job, { gateway, origin }, record, key);
    }
    return true;
  }
  // Its task may have ended meanwhile, and with it the right of a part to append.
  if (run) putsOf(run);
  const isAppended = await store.append(at, stored);
  if (isAppended === undefined) return false;
  if (!isAppended) {
    const { status } = await joining.refresh();
    throw new BadStatusError(
      `${String(joining)} is ${status}: jobs can be appended before it starts, and then by a part of it that has not completed (C4)`,
    );
  }
  for (const job of jobs) placeJob(job, { gateway, lane: laneOf(job), origin });
  return true;
}

async function mayAppend(store: QueueStore, { job, queue }: RunContext, key: string) {
  return await store.mayAppend({ id: job.id, lane: laneOf(job), queue: queue.name }, key);
}
