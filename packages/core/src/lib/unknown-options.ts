// Checks of options. An unknown option is a mistake, such as a misspelt name: the error names it
// (B2). Where BullMQ has the option, it says what takes its place.
import { InvalidArgumentError } from '../errors.js';
import { hintFor } from './bullmq-hints.js';
import { describeValue } from './describe-value.js';

const NONE: ReadonlySet<string> = new Set();

/**
 * Checks the options of a function.
 * @param of the function, as errors name it: 'serial'
 * @param known the names of its options. Default: any
 * @throws InvalidArgumentError where `options` is not an object, or has an option that is not known
 */
export function checkOptions(
  of: string,
  options: unknown,
  known?: readonly string[],
): asserts options is object {
  if (typeof options !== 'object' || options === null)
    throw new InvalidArgumentError(`the options of ${of} must be an object`);
  if (known) refuseUnknownOptions(of, options, new Set(known));
}

/**
 * @param of what has the options, as errors name it: 'a job', 'keepCompleted'
 * @param known their names. Default: none
 * @throws InvalidArgumentError for the first option that is not known
 */
export function refuseUnknownOptions(
  of: string,
  options: object,
  known: ReadonlySet<string> = NONE,
): void {
  const odd = Object.keys(options).find((key) => !known.has(key));
  if (odd === undefined) return;
  const hint = hintFor(of, odd);
  throw new InvalidArgumentError(
    `${of} has no option ${describeValue(odd)}${hint === undefined ? '' : `: ${hint}`}`,
  );
}
