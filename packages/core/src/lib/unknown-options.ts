// Options that nobody knows are mistakes, such as a misspelt name: each is refused, and named (B2).
import { InvalidArgumentError } from '../errors.js';
import { describeValue } from './describe-value.js';

const NONE: ReadonlySet<string> = new Set();

/**
 * @param of whose options they are, as errors name it: 'a job', 'keepCompleted'
 * @param known those that are known; without them `options` must have none left
 * @throws InvalidArgumentError for the first one that is not known
 */
export function refuseUnknownOptions(
  of: string,
  options: object,
  known: ReadonlySet<string> = NONE,
): void {
  const odd = Object.keys(options).find((key) => !known.has(key));
  if (odd !== undefined)
    throw new InvalidArgumentError(`${of} has no option ${describeValue(odd)}`);
}
