// What is put, on its way into a queue: checked, as it is to be stored, and as it stands right
// after.
import { notAJob } from '../job/bare-task.js';
import { currentClock } from '../redis/clock.js';
import { InvalidArgumentError } from '../errors.js';
import type { JobGateway } from '../job/job-gateway.js';
import { toStoredOptions, type JobOptions, type StoredJobOptions } from '../model/job-options.js';
import type { JobOrigin } from '../codec/stored-jobs.js';
import { layOut, newStoredJob } from '../job/handle.js';
import { placeJob } from '../job/handle-places.js';
import { Job, storeLateCallbacks } from '../job/job.js';
import { MAIN_LANE } from '../lib/names.js';
import { Placing, whilePlacing } from '../job/placing.js';
import type { NewStoredJob, StoredJob } from '../model/records.js';

/**
 * Does what puts jobs, of which no other put is under way at the same time: each can be put once
 * (Q1).
 * @param put gets what says where each of them is going to be
 * @throws BadStatusError where one is being put already
 */
export async function puttingAlone<T>(
  jobs: readonly Job[],
  put: (placing: Placing) => Promise<T>,
): Promise<T> {
  const placing = new Placing();
  const taken = jobs.filter((job) => job instanceof Job);
  return await placing.during(taken, () => put(placing));
}

/** Where jobs are put. */
export interface Putting {
  gateway: JobGateway;
  defaults: StoredJobOptions | undefined;
  /** The job that stores them, where they are not stored at once. */
  origin: JobOrigin | undefined;
  placing: Placing;
}

/**
 * What is stored of jobs that are put together. Each is written whole once: where another one has
 * it among its arguments, its place is.
 * @throws BadStatusError where one is not new, or belongs to two; InvalidArgumentError for what is
 *   no job, and for options; what storing arguments throws
 */
export function toPut(
  jobs: readonly unknown[],
  options: JobOptions,
  { gateway, defaults, origin, placing }: Putting,
): NewStoredJob[] {
  const given = toStoredOptions(options, currentClock().latest());
  const lanes: string[] = [];
  for (const [i, job] of jobs.entries()) {
    if (!(job instanceof Job)) {
      const which = jobs.length > 1 ? `job ${i}` : 'it';
      throw new InvalidArgumentError(`only jobs can be put, but ${which} is ${notAJob(job)}`);
    }
    const lane = given.lane ?? job.options.lane ?? defaults?.lane ?? MAIN_LANE;
    layOut(job, placing, { queue: gateway.queueName, lane, ...(origin && { origin }) });
    lanes.push(lane);
  }
  return whilePlacing(placing, () =>
    (jobs as readonly Job[]).map((job, i) => {
      const stored = newStoredJob(job, gateway.maxDataBytes, defaults);
      // The job itself is changed by a put that succeeds only.
      stored.options = { ...stored.options, ...given };
      stored.lane = lanes[i] as string;
      return stored;
    }),
  );
}

/**
 * The handles show their jobs as put.
 * @param elsewhere the places, by id, of those that another holder had put before (J12)
 */
export async function havePut(
  jobs: readonly Job[],
  stored: readonly NewStoredJob[],
  gateway: JobGateway,
  elsewhere: ReadonlyMap<string, { queue: string; lane: string }>,
): Promise<void> {
  for (const [i, job] of jobs.entries()) {
    const asStored = stored[i] as NewStoredJob;
    const other = elsewhere.get(job.id);
    if (other) {
      placeJob(job, {
        gateway: gateway.gatewayFor(other.queue),
        lane: other.lane,
        origin: undefined,
      });
      await job.refresh();
      continue;
    }
    placeJob(job, { gateway, lane: asStored.lane, origin: undefined }, asPut(asStored));
    const late = storeLateCallbacks(job, asStored);
    if (late) await late;
  }
}

/**
 * The job as it stands right after its put, without reading it back: pending, whether it is due or
 * not.
 */
export function asPut(job: NewStoredJob): StoredJob {
  const state = job.options.beginAfter === undefined ? 'waiting' : 'delayed';
  // Written out: V8 takes 2 µs to add properties to a spread, for each job that is put.
  const { id, lane, task, args, options } = job;
  return {
    id,
    lane,
    task,
    args,
    options,
    state,
    claims: 0,
    suspended: false,
    hasResult: false,
    interruptions: 0,
  };
}
