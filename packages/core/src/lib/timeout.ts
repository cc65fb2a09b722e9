// The check of a time in ms, and the longest times. A timer of Node holds 31 bits of milliseconds,
// and fires after 1 ms where it is given more: it would repeat its action without a pause.
import { InvalidArgumentError } from '../errors.js';

/** The longest time that a timer waits, in ms: some 24.8 days. */
export const LONGEST_TIMER = 2 ** 31 - 1;

/** The longest time that may be given, in ms: a thousand years. A longer one is a mistake. */
export const LONGEST_TIME = 3.2e13;

/** `ms`, or LONGEST_TIMER where that is shorter. */
export function timerDelay(ms: number): number {
  return Math.min(ms, LONGEST_TIMER);
}

/**
 * @param name of the option in errors
 * @throws InvalidArgumentError where `value` is no number from 0, or Infinity
 */
export function checkMs(name: string, value: unknown): asserts value is number {
  if (typeof value !== 'number' || !(value >= 0))
    throw new InvalidArgumentError(`${name} must be a number of ms that is not negative`);
}
