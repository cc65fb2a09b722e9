// How long the helpers of tests wait.
import { timeoutOf } from '../job/job-calls.js';

/** How long a test waits. */
export interface TestWaitOptions {
  /** Milliseconds after which a TimeoutError is thrown. Default 10,000. */
  timeout?: number;
}

const DEFAULT_TIMEOUT = 10_000;

/** @throws InvalidArgumentError where `timeout` is no time to wait */
export function testTimeout(options: TestWaitOptions): number {
  return timeoutOf(options) ?? DEFAULT_TIMEOUT;
}
