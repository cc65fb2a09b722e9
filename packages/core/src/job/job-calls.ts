// The arguments of the calls of a job, and their checks (B2).
import { InvalidArgumentError } from '../errors.js';
import { checkOptions, refuseUnknownOptions } from '../lib/unknown-options.js';

/** Arguments of any types. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a job of any arguments takes the place of any job, and the other way round
export type AnyArgs = any[];

/** How to wait for a result. */
export interface WaitOptions {
  /** Milliseconds after which to give up with a TimeoutError. Default: none. */
  timeout?: number;
}

/** The changes that `update` can make. */
export interface JobUpdate {
  /** All of its arguments. */
  args: readonly unknown[];
}

/** @throws InvalidArgumentError where `timeout` is not a number of ms from 0 */
export function timeoutOf(options: WaitOptions): number | undefined {
  checkOptions('wait', options);
  const { timeout, ...unknown } = options;
  refuseUnknownOptions('wait', unknown);
  if (timeout !== undefined && (typeof timeout !== 'number' || !(timeout >= 0))) {
    throw new InvalidArgumentError('timeout must be a number of ms that is not negative');
  }
  return timeout;
}

/** @throws InvalidArgumentError where `args` is no array, or another change is given */
export function argsOf(changes: JobUpdate): readonly unknown[] {
  checkOptions('update', changes);
  const { args, ...unknown } = changes;
  refuseUnknownOptions('update', unknown);
  if (!Array.isArray(args))
    throw new InvalidArgumentError('args must be an array: all arguments of the job');
  return args;
}
