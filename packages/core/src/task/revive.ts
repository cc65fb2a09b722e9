// Making handles of stored jobs: each of the class that its task asks for.
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
 * Makes a handle new again whose job was taken out of its queue, with the options and the callbacks
 * that were stored: it can be put once more (Q1). `found`: as it was read for that. Where the
 * handle itself was read, so are they, and the arguments.
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
  // Others may have got it as a new job before its first put, and may put it too.
  job[handleData].isShared = true;
  const known = new Map(callbacksOf(job).map((callback) => [callback.id, callback]));
  changeNew(job, { options, callbacks: [], ...(pulledBy && { pulledBy }) });
  for (const callback of callbacks)
    giveCallback(job, known.get(callback.id) ?? reviveNew(callback, place.gateway, job));
  return job;
}

const takenOut = new WeakMap<Job, () => void>();

/**
 * Its job was removed: to others that have the handle it is so, until it is put again. `found`: as
 * it was read for that.
 */
export function noteRemoved(job: Job, found: Job, removed: Removed): void {
  takenOut.set(job, () => renewJob(job, found, removed));
}

/** Makes a handle new again that is to be put once more. */
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
  // In a job that was put before, and is new again, what belongs to it is named by its old place.
  const near = around && !placeOfPut(around) && nearJob(around, id);
  if (near) return near as Job;
  const job = handleOf({ id, task });
  placeFound(job, { gateway: gateway.gatewayFor(queue), lane, origin });
  return job;
}

function reviveNew(data: NewJobData, gateway: JobGateway, around: AnyHandle | undefined): Job {
  const job = handleOf(data);
  const place: Place = { gateway, lane: MAIN_LANE, origin: around && originOf(around) };
  const isAroundPut = around !== undefined && placeOfPut(around) !== undefined;
  reviveNewJob(job, data, place, isAroundPut ? undefined : around);
  for (const callback of data.callbacks ?? []) giveCallback(job, reviveNew(callback, gateway, job));
  // The job around it was put, and it with that.
  if (data.isPart && isAroundPut) placeJob(job, placeOf(job) ?? place);
  return job;
}

function fail(): never {
  throw damaged();
}
