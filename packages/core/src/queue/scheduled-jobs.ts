// What a job is going to wait for, as its schedule is given it: new jobs whole, all others by their
// places (J5, J12).
import type { JobOrigin } from '../codec/stored-jobs.js';
import { BadStatusError } from '../errors.js';
import { laneOf, originsOf, placeOfPut } from '../job/handle-data.js';
import type { Job } from '../job/job.js';
import { layOut, Placing } from '../job/placing.js';
import { newWriting, writeNewJob, type Writing } from '../job/write-job.js';
import { UncommittedJobs } from './uncommitted-jobs.js';
import type { ScheduledJob } from '../model/records.js';

/**
 * @param by the job that is to wait; new jobs are stored in its queue
 * @throws BadStatusError where a new one belongs to another job, or `by` is among them; what
 *   storing their arguments throws
 */
export function scheduledJobs(
  jobs: readonly Job[],
  by: JobOrigin,
  maxDataBytes: number,
): ScheduledJob[] {
  const placing = new Placing();
  for (const job of jobs) {
    if (job.id === by.id) throw new BadStatusError(`${String(job)} cannot wait for itself`);
    if (!placeOfPut(job)) layOut(job, placing, { queue: by.queue, lane: laneOf(job), origin: by });
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
  // The run has put it: it is stored by the same step.
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
