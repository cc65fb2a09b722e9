// Waiting for jobs in tests.
import { annotationOf, checkAnnotationName } from '../annotations.js';
import { BadStatusError } from '../errors.js';
import { JobStatus, statusOf } from '../job-state.js';
import { originsOf, type Place } from '../handle-state.js';
import { laneOf, placeOf } from '../handle.js';
import { applyStored } from '../handle-places.js';
import type { Job } from '../job.js';
import type { StoredJob } from '../store/store.js';

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
 * @throws TimeoutError; BadStatusError for a job that was not put, was removed, or will never come.
 */
export async function waitForStatus<J extends Job>(
  job: J,
  status: JobStatus | readonly JobStatus[],
  { timeout = DEFAULT_TIMEOUT }: TestWaitOptions = {},
): Promise<J> {
  const wanted = new Set(typeof status === 'string' ? [status] : status);
  const { home, origin } = requirePlace(job);
  const isWanted = (found: StoredJob): boolean => wanted.has(statusOf(found));
  const stored = await home.waitFor(job.id, laneOf(job), isWanted, timeout, originsOf(origin));
  applyStored(job, stored);
  return job;
}

/**
 * Waits until the job has an annotation of that name; gives its value, and brings the job's handle up to date.
 * @throws TimeoutError; BadStatusError for a job that was not put, was removed, or will never come.
 */
export async function waitForAnnotation(
  job: Job,
  name: string,
  { timeout = DEFAULT_TIMEOUT }: TestWaitOptions = {},
): Promise<unknown> {
  checkAnnotationName(name);
  const { home, origin } = requirePlace(job);
  const hasIt = ({ annotations = {} }: StoredJob): boolean => Object.hasOwn(annotations, name);
  const stored = await home.waitFor(job.id, laneOf(job), hasIt, timeout, originsOf(origin));
  applyStored(job, stored);
  return annotationOf(stored, name, home.revive)?.value;
}

function requirePlace(job: Job): Place {
  const place = placeOf(job);
  if (!place) throw new BadStatusError(`${String(job)} is new: put it first, or take its handle from its composite`);
  return place;
}
