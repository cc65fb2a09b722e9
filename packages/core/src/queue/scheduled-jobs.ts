// The children of a job as its schedule takes them: new jobs whole, all others by their places (J5,
// J12).
import type { JobLocation, JobOrigin } from '../codec/stored-jobs.js';
import { BadStatusError } from '../errors.js';
import { laneOf, originsOf, placeOfPut } from '../job/handle-data.js';
import type { Job } from '../job/job.js';
import { layOut, Placing } from '../job/placing.js';
import { newWriting, writeNewJob, type Writing } from '../job/write-job.js';
import { checkKeyOfOwned } from '../model/key-options.js';
import { UncommittedJobs } from './uncommitted-jobs.js';
import type { ScheduledJob } from '../model/records.js';

/**
 * @param by the parent; new jobs are stored in its queue
 * @throws BadStatusError where a new job belongs to another one, or is the parent itself;
 *   InvalidArgumentError where a key cannot be that of a part (Q8); the errors of storing arguments
 */
export function scheduledJobs(
  jobs: readonly Job[],
  by: JobOrigin,
  maxDataBytes: number,
): ScheduledJob[] {
  const placing = new Placing();
  let place: JobLocation | undefined;
  for (const job of jobs) {
    if (job.id === by.id) throw new BadStatusError(`${String(job)} cannot wait for itself`);
    if (placeOfPut(job)) continue;
    checkKeyOfOwned(job, job.options, 'part');
    const lane = laneOf(job);
    // Jobs of one lane, of which there may be many thousands, share their place.
    if (place?.lane !== lane) place = { queue: by.queue, lane, origin: by };
    layOut(job, placing, place);
  }
  const writing = newWriting(placing, { maxDataBytes });
  return jobs.map((job) => scheduledJob(job, by, writing));
}

function scheduledJob(job: Job, by: JobOrigin, writing: Writing): ScheduledJob {
  const place = placeOfPut(job);
  if (!place) return writeNewJob(job, writing);
  const { gateway, lane, origin } = place;
  const uncommitted = gateway instanceof UncommittedJobs && gateway.isOpen ? gateway : undefined;
  const queue = gateway.queueName;
  const whole = uncommitted?.toStore(job.id);
  // An uncommitted put of the run: the script of the schedule stores it.
  if (whole) return queue === by.queue ? whole : { ...whole, queue };
  return {
    kind: 'placed',
    id: job.id,
    lane,
    queue,
    origins: originsOf(origin),
    isComing: uncommitted !== undefined,
  };
}
