// What follows a RateLimitedError of a task (Q9).
import type { Failure } from '@drover/core';
import { LONGEST_TIME, type ClaimedJob } from '@drover/core/internal';
import type { Outcome } from '../activation/outcome.js';

/** Also of a class below it, of another copy of the package, or of a thread. */
export function isRateLimited({ code, classes, fields }: Failure): boolean {
  const isNamed = code === 'DROVER_RATE_LIMITED' || classes.includes('RateLimitedError');
  return isNamed && typeof fields['after'] === 'number' && fields['after'] > 0;
}

/** A job without a rate limit only begins again after that time. */
export function afterRateLimited({ options }: ClaimedJob, { fields }: Failure): Outcome {
  const after = Math.min(fields['after'] as number, LONGEST_TIME);
  return options.rateLimits?.length
    ? { kind: 'rateLimited', after }
    : { kind: 'postponed', delay: after };
}
