// The options of calls on many jobs, and their checks (B2).
import { InvalidArgumentError } from '../../errors.js';
import { checkOptions } from '../../lib/unknown-options.js';

/** How a call on many jobs is stopped. */
export interface StopOptions {
  /** When it is aborted, the call ends after the step under way, and says how far it came. */
  signal?: AbortSignal | undefined;
}

/**
 * @param of the call, as errors name it
 * @param others its other options
 * @returns whether the call may go on
 * @throws InvalidArgumentError, which names what is wrong
 */
export function checkStop(
  of: string,
  options: StopOptions,
  others: readonly string[] = [],
): () => boolean {
  checkOptions(of, options, ['signal', ...others]);
  const { signal } = options;
  if (signal !== undefined && typeof signal?.aborted !== 'boolean')
    throw new InvalidArgumentError(`the signal of ${of} must be an AbortSignal`);
  return () => !signal?.aborted;
}
