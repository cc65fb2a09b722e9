// What a job is going to wait for, as its schedule is given it: new jobs whole, all others by their
// places (J5, J12).
import type { JobOrigin } from '../codec/stored-jobs.js';
import { BadStatusError } from '../errors.js';
import { UncommittedJobs } from '../queue/uncommitted-jobs.js';
import { originsOf } from './handle-state.js';
import { laneOf, layOut, newStoredJob, placeOfPut } from './handle.js';
import type { Job } from './job.js';
import { Placing, whilePlacing } from './placing.js';
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
  return whilePlacing(placing, () => jobs.map((job) => scheduledJob(job, by, maxDataBytes)));
}

function scheduledJob(job: Job, by: JobOrigin, maxDataBytes: number): ScheduledJob {
  const place = placeOfPut(job);
  if (!place) return newStoredJob(job, maxDataBytes);
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
