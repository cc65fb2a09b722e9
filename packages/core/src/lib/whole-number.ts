// The check of a number that counts something.
import { InvalidArgumentError } from '../errors.js';
import { describeValue } from './describe-value.js';

interface WholeRange {
  from: number;
  /** Default: none. */
  to?: number;
  /** What it counts, for the error. */
  of?: 'bytes' | 'ms';
  /** Whether it may be Infinity. Default: no. */
  orInfinity?: boolean;
}

/**
 * @param what names the option in the error
 * @throws InvalidArgumentError unless `value` is a whole number in this range
 */
export function checkWhole(
  what: string,
  value: unknown,
  { from, to = Infinity, of, orInfinity = false }: WholeRange,
): asserts value is number {
  if (orInfinity && value === Infinity) return;
  if (Number.isInteger(value) && (value as number) >= from && (value as number) <= to) return;
  const unit = of === undefined ? '' : ` of ${of}`;
  const end = to === Infinity ? '' : ` to ${to.toLocaleString('en')}`;
  const endless = orInfinity ? ', or Infinity' : '';
  throw new InvalidArgumentError(
    `${what} must be a whole number${unit}, from ${from}${end}${endless}, not ${describeValue(value)}`,
  );
}
