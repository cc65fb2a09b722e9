// Adding callbacks to a job that is stored (J7).
import type { NewStoredJob } from '../model/records.js';
import { callbacksOf, originsOf, requirePlace, type AnyHandle, type Place } from './handle-data.js';
import { changeNew, placeJob } from './handle-places.js';
import { addCallbackTo } from './job-changes.js';
import type { JobFacts } from './job-facts.js';
import { Placing } from './placing.js';
import { newStoredCallback } from './write-job.js';

/** Adds a new job as a callback of one that was put. @throws as `Job.addCallback` */
export async function addToStored(job: JobFacts, callback: AnyHandle, at: Place): Promise<void> {
  const placing = new Placing();
  const isElsewhere = await placing.during([callback], async () => {
    const { gateway, lane, origin } = at;
    const { stored, place } = newStoredCallback(job, callback, at, placing);
    if (!(await addCallbackTo(job, gateway, lane, stored, originsOf(origin)))) return true;
    changeNew(callback, { belongsTo: job, options: stored.options });
    placeJob(callback, place);
    return false;
  });
  if (!isElsewhere) return;
  // Another holder has put this job (J12). The handle learns where: the callback goes to that
  // queue.
  await job.refresh();
  await addToStored(job, callback, requirePlace(job));
}

/** Stores the callbacks that a handle was given while its job was being put; most have none. */
export function storeLateCallbacks(
  job: JobFacts,
  { callbacks = [] }: NewStoredJob,
): Promise<void> | undefined {
  const given = callbacksOf(job);
  if (given.length === 0) return undefined;
  const known = new Set(callbacks.map(({ id }) => id));
  return addAll(
    job,
    given.filter(({ id }) => !known.has(id)),
  );
}

async function addAll(job: JobFacts, callbacks: readonly AnyHandle[]): Promise<void> {
  for (const callback of callbacks) await addToStored(job, callback, requirePlace(job));
}
