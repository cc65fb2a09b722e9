// The handle and the values of a job that a dispatcher has read.
import { decode } from '../codec/codec.js';
import type { Job } from '../job/job.js';
import type { ClaimedJob, StoredJob } from '../model/records.js';
import { gatewayOf } from '../queue/queue-parts.js';
import type { Queue } from '../queue/queue.js';
import { jobFromStored } from '../task/revive.js';

/** The value that a task has returned, from its JSON. */
export function valueIn(queue: Queue, json: string): unknown {
  return decode(json, gatewayOf(queue).revive);
}

/** A handle of a job that was read, in its queue. */
export function storedHandle(stored: StoredJob, queue: Queue): Job {
  return jobFromStored(stored, gatewayOf(queue));
}

/** The job's own handle, as `local.getJob()` gives it. */
export function claimedHandle(claim: ClaimedJob, queue: Queue, dispatcher: string): Job {
  const { id, lane, task, args, options, interruptions, fence, attempt } = claim;
  const stored: StoredJob = {
    id,
    lane,
    task,
    args,
    options,
    interruptions,
    attempts: attempt,
    state: 'active',
    claims: fence,
    suspended: false,
    hasResult: false,
    dispatcher,
  };
  return storedHandle(stored, queue);
}
