// Checks the two callbacks of `addCallbacks`, of which one runs, and holds the options of the job
// that picks (J7, J8).
import { unlessTask } from './task-as-job.js';
import { InvalidArgumentError } from '../errors.js';
import type { StoredJobOptions } from '../model/job-options.js';
import { describeValue } from '../lib/describe-value.js';

/** The picking job fails with the failure of the picked callback, which is logged already. */
export const PICK_DEFAULTS: StoredJobOptions = {
  retryPolicy: 'RetryCommonForever',
  failureLogLevel: 'debug',
};

/**
 * The callbacks by name, as jobs or tasks.
 * @throws InvalidArgumentError for another name, or the same job twice
 */
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
  // A task may be given twice: it makes a new job for each name.
  if (
    given.length === 2 &&
    given[0]?.[1] === given[1]?.[1] &&
    unlessTask(given[0]?.[1]) === given[0]?.[1]
  ) {
    throw new InvalidArgumentError('success and failure must be two jobs: make one for each');
  }
  return given;
}
