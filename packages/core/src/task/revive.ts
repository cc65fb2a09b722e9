// Makes handles of stored jobs, each of the class that its task names.
import { damaged } from '../codec/reader.js';
import type { NewJobData, StoredInside } from '../codec/stored-jobs.js';
import {
  callbacksOf,
  handleData,
  originOf,
  placeOf,
  placeOfPut,
  stateOf,
  type AnyHandle,
  type Place,
} from '../job/handle-data.js';
import {
  changeNew,
  displaceJob,
  giveCallback,
  placeFound,
  placeJob,
} from '../job/handle-places.js';
import type { JobGateway } from '../job/job-gateway.js';
import { nearJob, reviveNewJob } from '../job/read-job.js';
import { Job } from '../job/job.js';
import { MAIN_LANE } from '../lib/names.js';
import type { Removed } from '../model/records.js';
import type { StoredJob } from '../model/records.js';
import { taskNamed } from './task.js';

/** A handle of a job that was read. `gateway`: of the queue through which it was read. */
export function jobFromStored(stored: StoredJob, gateway: JobGateway): Job {
  const job = handleOf(stored);
  const own = stored.queue === undefined ? gateway : gateway.gatewayFor(stored.queue);
  placeFound(job, { gateway: own, lane: stored.lane, origin: undefined }, stored);
  return job;
}

/** A handle of a job at this place that was not read. */
export function jobAt(job: { id: string; task: string }, place: Place): Job {
  const handle = handleOf(job);
  placeFound(handle, place);
  return handle;
}

/**
 * Completes a gateway with the function that makes handles of the jobs inside its jobs' values.
 * @param gatewayFor gives the gateway of a job that is in another queue
 */
export function withRevive(
  gateway: Omit<JobGateway, 'revive' | 'gatewayFor'>,
  gatewayFor: (queue: string) => JobGateway,
): JobGateway {
  const full: JobGateway = {
    ...gateway,
    revive: (stored, around) => reviveJob(stored, full, around as AnyHandle | undefined),
    gatewayFor: (queue) => (queue === gateway.queueName ? full : gatewayFor(queue)),
  };
  return full;
}

/**
 * Makes the handle of a removed job new again, with the options and callbacks that were stored: it
 * can be put once more (Q1).
 * @param found the job as it was read before the removal
 */
export function renewJob<J extends Job>(job: J, found: Job, { callbacks, pulledBy }: Removed): J {
  const [place, state] = [placeOfPut(job), stateOf(found)];
  const stored = state.kind === 'placed' ? state.stored : undefined;
  if (!place || !stored) return job;
  displaceJob(job, place.gateway);
  const { id, task, options } = stored;
  if (placeOfPut(job))
    reviveNewJob(
      job,
      { id, task, args: JSON.parse(stored.args), options: { ...options }, holdsNear: true },
      place,
      undefined,
    );
  // Other holders may have got the new job before its first put, and may put it too.
  job[handleData].isShared = true;
  const known = new Map(callbacksOf(job).map((callback) => [callback.id, callback]));
  changeNew(job, { options, callbacks: [], ...(pulledBy && { pulledBy }) });
  for (const callback of callbacks)
    giveCallback(job, known.get(callback.id) ?? reviveNew(callback, place.gateway, job));
  return job;
}

const takenOut = new WeakMap<Job, () => void>();

/**
 * Notes that the job was removed. Its handle shows the removed job until it is put again.
 * @param found the job as it was read before the removal
 */
export function noteRemoved(job: Job, found: Job, removed: Removed): void {
  takenOut.set(job, () => renewJob(job, found, removed));
}

/** Makes the handle of a removed job new again before its next put. */
export function renewRemoved(job: Job): void {
  takenOut.get(job)?.();
  takenOut.delete(job);
}

function handleOf({ id, task }: { id: string; task: string }): Job {
  return new (taskNamed(task)?.jobClass ?? Job)(task, undefined, id);
}

/**
 * Makes a handle of a job inside a stored value: of `gateway`'s queue, and of the arguments of
 * `around`, where these are read.
 */
function reviveJob(stored: StoredInside, gateway: JobGateway, around: AnyHandle | undefined): Job {
  if (stored.kind === 'near')
    return ((around && nearJob(around, stored.job.id)) as Job | undefined) ?? fail();
  if (stored.kind === 'new') return reviveNew(stored.job, gateway, around);
  const { id, task, queue, lane, origin } = stored.job;
  // A job that was put before, and is new again, holds references to its parts by their old places.
  const near = around && !placeOfPut(around) && nearJob(around, id);
  if (near) return near as Job;
  return jobAt({ id, task }, { gateway: gateway.gatewayFor(queue), lane, origin });
}

function reviveNew(data: NewJobData, gateway: JobGateway, around: AnyHandle | undefined): Job {
  const job = handleOf(data);
  const place: Place = { gateway, lane: MAIN_LANE, origin: around && originOf(around) };
  const isAroundPut = around !== undefined && placeOfPut(around) !== undefined;
  reviveNewJob(job, data, place, isAroundPut ? undefined : around);
  const { callbacks } = data;
  if (callbacks)
    for (const callback of callbacks) giveCallback(job, reviveNew(callback, gateway, job));
  // It was put with the job around it.
  if (data.isPart && isAroundPut) placeJob(job, placeOf(job) ?? place);
  return job;
}

function fail(): never {
  throw damaged();
}
