// Finds the policy of a job by the name that the job stores (R1).
import { severalVersions } from '../../lib/copies.js';
import { UnknownPolicyError } from '../../errors.js';
import { retryOfName } from './builder.js';
import { RetryCommonFourTimes } from './common.js';
import { definedPolicy, type RetryPolicy } from './policy.js';

/**
 * The policy of that name; without a name, the default for jobs, `RetryCommonFourTimes`.
 * @throws UnknownPolicyError where this process has not defined it.
 */
export function retryPolicyNamed(name: string | undefined): RetryPolicy {
  if (name === undefined) return RetryCommonFourTimes;
  const policy = definedPolicy(name) ?? retryOfName(name);
  if (!policy)
    throw new UnknownPolicyError(
      `the retry policy ${JSON.stringify(name)} is not defined in this process${severalVersions()}`,
    );
  return policy;
}
