// How long the helpers for tests wait.
import { timeoutOf } from '../model/wait-options.js';

/** How long a test waits. */
export interface TestWaitOptions {
  /** Milliseconds after which a TimeoutError is thrown. Default 10,000. */
  timeout?: number;
}

const DEFAULT_TIMEOUT = 10_000;

/** The option `timeout`, or its default. @throws InvalidArgumentError */
export function testTimeout(options: TestWaitOptions): number {
  return timeoutOf(options) ?? DEFAULT_TIMEOUT;
}
