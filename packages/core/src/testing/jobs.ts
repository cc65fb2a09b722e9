// Waiting for jobs in tests.
import { BadStatusError } from '../errors.js';
import { JobStatus, statusOf } from '../job-state.js';
import { attachJob, homeOfJob, laneOf, type Job } from '../job.js';

/** How long a test waits. */
export interface TestWaitOptions {
  /** Milliseconds after which a TimeoutError is thrown. Default 10,000. */
  timeout?: number;
}

const DEFAULT_TIMEOUT = 10_000;

/** Waits until the job has completed; its value, or its failure as an Error. */
export async function waitForResult<R>(job: Job<R>, { timeout = DEFAULT_TIMEOUT }: TestWaitOptions = {}): Promise<R> {
  return await job.wait({ timeout });
}

/** Waits until the job is active, or beyond. */
export async function waitForStart<J extends Job>(job: J, options: TestWaitOptions = {}): Promise<J> {
  return await waitForStatus(job, [JobStatus.ACTIVE, JobStatus.CALLBACKS, JobStatus.COMPLETED], options);
}

/**
 * Waits until the job has that status, or one of them. A status that it passes quickly may not be seen.
 * @throws TimeoutError; BadStatusError for a job that was not put.
 */
export async function waitForStatus<J extends Job>(
  job: J,
  status: JobStatus | readonly JobStatus[],
  { timeout = DEFAULT_TIMEOUT }: TestWaitOptions = {},
): Promise<J> {
  const wanted = new Set(typeof status === 'string' ? [status] : status);
  const home = homeOfJob(job);
  if (!home) throw new BadStatusError(`${String(job)} is new: put it first, or take its handle from its composite`);
  const stored = await home.waitFor(job.id, laneOf(job), (found) => wanted.has(statusOf(found)), timeout);
  attachJob(job, home, stored);
  return job;
}
