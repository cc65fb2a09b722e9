// The three policies that come with Drover (R2).
import type { Failure } from '../../codec/failure.js';
import { doubled, type BackOff } from '../../lib/back-off.js';
import {
  count,
  defineRetryPolicy,
  lettingWait,
  type PolicyData,
  type RetryDecision,
} from './policy.js';
import { isTransient } from './transient.js';

/** How often `RetryCommonFourTimes` runs a job again after a conflict. */
const MAX_CONFLICTS = 4;
/** How often `RetryCommonFourTimes` runs a job again after an interrupt. */
const MAX_INTERRUPTS = 9;
const BACK_OFF: BackOff = { firstDelay: 250, mostDelay: 60_000 };

/** Whether it is a RetryableError, also of a class below it, or of another class of that name. */
function isConflict({ code, name, classes }: Failure): boolean {
  return (
    code === 'DROVER_RETRYABLE' || name === 'RetryableError' || classes.includes('RetryableError')
  );
}

/** A delay that doubles with each call, up to a minute. */
function backoff(data: PolicyData, name: string): number {
  return doubled(count(data, name) - 1, BACK_OFF);
}

/**
 * The default for jobs: it runs a job again after transient errors with back-off and without limit,
 * after conflicts four times, after interrupts nine times (R2).
 */
export const RetryCommonFourTimes = defineRetryPolicy('RetryCommonFourTimes', {
  jobError: fourTimes,
  commitError: fourTimes,
  interrupted: lettingWait((data) => count(data, 'interrupts') <= MAX_INTERRUPTS),
});

function fourTimes(failure: Failure, data: PolicyData): RetryDecision {
  if (isTransient(failure)) return backoff(data, 'transientErrors');
  return isConflict(failure) && count(data, 'conflicts') <= MAX_CONFLICTS;
}

/**
 * The default for callbacks: as `RetryCommonFourTimes`, without limits, and after any commit error
 * (R2). From the fifth conflict on it uses back-off: a job that runs again at once is claimed
 * before all that wait.
 */
export const RetryCommonForever = defineRetryPolicy('RetryCommonForever', {
  jobError: (failure, data) => {
    if (isTransient(failure)) return backoff(data, 'transientErrors');
    return (
      isConflict(failure) &&
      (count(data, 'conflicts') <= MAX_CONFLICTS || backoff(data, 'moreConflicts'))
    );
  },
  commitError: (_failure, data) => backoff(data, 'commitErrors'),
  interrupted: () => true,
});

/**
 * Never runs a task twice: an error fails its job, an interrupt aborts it (R2). A job that only
 * waits for other jobs is not aborted: its task does not run again.
 */
export const NeverRetry = defineRetryPolicy('NeverRetry', {
  jobError: () => false,
  commitError: () => false,
  interrupted: lettingWait(() => false),
});
