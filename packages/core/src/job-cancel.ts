// Cancelling a job that is stored: what is checked first, and what is said where it cannot be (O1).
import { failureWithin } from './data-size.js';
import { BadStatusError, CancelledError, InvalidArgumentError } from './errors.js';
import { Failure } from './failure.js';
import type { JobHome } from './job-home.js';
import type { Job } from './job.js';
import { SYSTEM_LANE } from './names.js';

export async function cancelStored(job: Job, home: JobHome, lane: string, reason: unknown): Promise<void> {
  if (reason !== undefined && typeof reason !== 'string')
    throw new InvalidArgumentError('the reason of a cancel must be a string');
  if (lane === SYSTEM_LANE)
    throw new BadStatusError(`${String(job)} decides about another job: it cannot be cancelled`);
  const error = new CancelledError(reason ?? `${String(job)} was cancelled`);
  const failure = failureWithin(Failure.from(error), home.maxDataBytes);
  const cancellation = await home.cancel(job.id, job.task, lane, failure);
  if (cancellation === 'no such job')
    throw new BadStatusError(`${String(job)} is not stored: it was removed, or has not begun`);
  if (cancellation !== 'has its result') return;
  await job.refresh();
  throw new BadStatusError(`${String(job)} is ${job.status}: what has its result cannot be cancelled`);
}
