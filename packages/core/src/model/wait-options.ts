// The options of a wait for the result of a job, and their check (B2).
import { checkMs } from '../lib/timeout.js';
import { checkOptions, refuseUnknownOptions } from '../lib/unknown-options.js';

/** How to wait for a result. */
export interface WaitOptions {
  /** Milliseconds after which to give up with a TimeoutError. Default: none. */
  timeout?: number;
}

/** @throws InvalidArgumentError where `timeout` is not a number of ms from 0 */
export function timeoutOf(options: WaitOptions): number | undefined {
  checkOptions('wait', options);
  const { timeout, ...unknown } = options;
  refuseUnknownOptions('wait', unknown);
  if (timeout !== undefined) checkMs('timeout', timeout);
  return timeout;
}
