// What is special about callbacks: their defaults, and the two of which one runs (J7, J8).
import { unlessTask } from './task-as-job.js';
import { InvalidArgumentError } from '../errors.js';
import type { StoredJobOptions } from '../model/job-options.js';
import { describeValue } from '../lib/describe-value.js';

/** Its failure is that of the callback which it picked, where it is logged. */
export const PICK_DEFAULTS: StoredJobOptions = {
  retryPolicy: 'RetryCommonForever',
  failureLogLevel: 'debug',
};

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
