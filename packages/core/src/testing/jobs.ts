// Waits for jobs in tests.
import { annotationOf, checkAnnotationName } from '../job/annotations.js';
import { BadStatusError } from '../errors.js';
import { JobStatus, statusOf } from '../model/job-state.js';
import { laneOf, originsOf, placeOf } from '../job/handle-data.js';
import { applyStored } from '../job/handle-places.js';
import type { Job } from '../job/job.js';
import type { JobGateway } from '../job/job-gateway.js';
import type { StoredJob } from '../model/records.js';
import { testTimeout, type TestWaitOptions } from './timeout.js';

/** Waits until the job has completed; its value, or its failure as an Error. */
export async function waitForResult<R>(job: Job<R>, options: TestWaitOptions = {}): Promise<R> {
  return await job.wait({ timeout: testTimeout(options) });
}

/** Waits until the job is active, or beyond. */
export async function waitForStart<J extends Job>(
  job: J,
  options: TestWaitOptions = {},
): Promise<J> {
  return await waitForStatus(
    job,
    [JobStatus.ACTIVE, JobStatus.CALLBACKS, JobStatus.COMPLETED],
    options,
  );
}

/**
 * Waits until the job has that status, or one of them. A status that lasts only a moment may be
 * missed.
 * @throws TimeoutError; BadStatusError for a job that was not put, was removed, or will never come.
 */
export async function waitForStatus<J extends Job>(
  job: J,
  status: JobStatus | readonly JobStatus[],
  options: TestWaitOptions = {},
): Promise<J> {
  const wanted = new Set(typeof status === 'string' ? [status] : status);
  await waitUntil(job, (found) => wanted.has(statusOf(found)), options);
  return job;
}

/**
 * Waits until the job has an annotation of that name; returns its value, and refreshes the handle.
 * @throws TimeoutError; BadStatusError for a job that was not put, was removed, or will never come.
 */
export async function waitForAnnotation(
  job: Job,
  name: string,
  options: TestWaitOptions = {},
): Promise<unknown> {
  checkAnnotationName(name);
  const hasIt = ({ annotations = {} }: StoredJob): boolean => Object.hasOwn(annotations, name);
  const { stored, gateway } = await waitUntil(job, hasIt, options);
  return annotationOf(stored, name, gateway.revive)?.value;
}

/** Waits until `condition` holds of the job, and refreshes the handle. */
async function waitUntil(
  job: Job,
  condition: (job: StoredJob) => boolean,
  options: TestWaitOptions,
): Promise<{ stored: StoredJob; gateway: JobGateway }> {
  const place = placeOf(job);
  if (!place)
    throw new BadStatusError(
      `${String(job)} is new: put it first, or take its handle from its composite`,
    );
  const { gateway, origin } = place;
  const [timeout, origins] = [testTimeout(options), originsOf(origin)];
  const stored = await gateway.waitFor(job.id, laneOf(job), condition, timeout, origins);
  applyStored(job, stored);
  return { stored, gateway };
}
