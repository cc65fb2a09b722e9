// What is special about callbacks: their defaults, and the two of which one runs (J7, J8).
import { unlessTask, type BareTask } from './bare-task.js';
import type { Failure } from '../codec/failure.js';
import { InvalidArgumentError } from '../errors.js';
import type { Place } from './handle-state.js';
import type { StoredJobOptions } from '../model/job-options.js';
import type { Job } from './job.js';
import { describeValue } from '../lib/describe-value.js';
import type { NewStoredJob } from '../model/records.js';

/** Its failure is that of the callback which it picked, where it is logged. */
export const PICK_DEFAULTS: StoredJobOptions = {
  retryPolicy: 'RetryCommonForever',
  failureLogLevel: 'debug',
};

/** The callbacks of which one runs, by the result. */
export interface CallbackPicks<R, S = unknown, F = unknown> {
  /** A new job that gets the value as its last argument. */
  success?: Job<S, [R]> | BareTask<S, [R]>;
  /** A new job that gets the Failure as its last argument. */
  failure?: Job<F, [Failure]> | BareTask<F, [Failure]>;
}

/** What is to be picked from, by name: jobs, or tasks. */
export function checkPicks(picks: unknown): [name: string, job: unknown][] {
  if (typeof picks !== 'object' || picks === null) {
    throw new InvalidArgumentError('addCallbacks takes an object: { success, failure }');
  }
  const odd = Object.keys(picks).find((name) => name !== 'success' && name !== 'failure');
  if (odd !== undefined)
    throw new InvalidArgumentError(
      `addCallbacks takes success and failure, not ${describeValue(odd)}`,
    );
  const given = Object.entries(picks as Record<string, unknown>).filter(
    ([, pick]) => pick !== undefined,
  );
  // A task makes a job for each.
  if (
    given.length === 2 &&
    given[0]?.[1] === given[1]?.[1] &&
    unlessTask(given[0]?.[1]) === given[0]?.[1]
  ) {
    throw new InvalidArgumentError('success and failure must be two jobs: make one for each');
  }
  return given;
}

/** What is stored of a new job that becomes a callback, and its own place. */
export interface StoredCallback {
  stored: NewStoredJob;
  place: Place;
}
