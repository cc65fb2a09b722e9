// The options of a job that has a key (Q8): checks them.
import { InvalidArgumentError } from '../errors.js';
import { describeValue } from '../lib/describe-value.js';
import { isText } from '../lib/names.js';
import { LONGEST_TIME } from '../lib/timeout.js';

/** How a put goes on where another job has the key. */
export type WhenTaken = 'keep' | 'replace' | 'after' | 'refuse';

/** The key of a job within its queue (Q8). */
export interface KeyOptions {
  /**
   * A text of 1 to 1,000 characters. While a job has the key, a put of another one with the same
   * key does what `whenTaken` says. All lanes of the queue share the keys. Default: none.
   */
  key?: string;
  /**
   * How the put goes on where a job has the key. `keep`: it gives the handle of that job, and
   * stores nothing. `replace`: a pending job that was never claimed gets the arguments, options and
   * times of this one; else as `keep`. `after`: where that job runs, this one waits for its end;
   * where one waits already, or that job has not begun, as `keep`. `refuse`: it throws a
   * BadStatusError. A part of a composite may `keep` or `refuse`. Default: `keep`.
   */
  whenTaken?: WhenTaken;
  /**
   * When the key is free again. `completed`: when the job has completed, also as failed. `removed`:
   * when the job is removed. A number: so many ms after the put. A job that is removed has no key.
   * Default: `completed`.
   */
  until?: 'completed' | 'removed' | number;
}

const WHEN_TAKEN = new Set<unknown>(['keep', 'replace', 'after', 'refuse']);
const MAX_LENGTH = 1_000;

/** @throws InvalidArgumentError */
export function checkKey(key: unknown): asserts key is string {
  if (typeof key === 'string' && key !== '' && key.length <= MAX_LENGTH && isText(key)) return;
  throw new InvalidArgumentError(
    `key must be a text of 1 to ${MAX_LENGTH.toLocaleString('en')} characters, not ${describeValue(key)}`,
  );
}

/**
 * The options among `options` that are about a key.
 * @throws InvalidArgumentError, which names the option that is wrong.
 */
export function toStoredKey({ key, whenTaken, until }: KeyOptions): KeyOptions {
  if (key !== undefined) checkKey(key);
  if (whenTaken !== undefined && !WHEN_TAKEN.has(whenTaken))
    throw new InvalidArgumentError(`whenTaken must be one of ${[...WHEN_TAKEN].join(', ')}`);
  const isTime = typeof until === 'number' && until > 0 && until < LONGEST_TIME;
  if (until !== undefined && until !== 'completed' && until !== 'removed' && !isTime)
    throw new InvalidArgumentError(
      "until must be 'completed', 'removed', or a number of ms above 0",
    );
  return {
    ...(key !== undefined && { key }),
    ...(whenTaken !== undefined && { whenTaken }),
    ...(until !== undefined && { until: isTime ? Math.ceil(until) : until }),
  };
}

/** @throws InvalidArgumentError where a job has options about a key that it has not */
export function checkHasKey({ key, whenTaken, until }: KeyOptions): void {
  if (key !== undefined || (whenTaken === undefined && until === undefined)) return;
  const what = whenTaken === undefined ? 'until' : 'whenTaken';
  throw new InvalidArgumentError(`${what} is about the key of a job: give the job a key as well`);
}

/**
 * Checks the options of a job that belongs to another one.
 * @throws InvalidArgumentError where it cannot have a key, or what it says cannot be done
 */
export function checkKeyOfOwned(
  job: object,
  { key, whenTaken = 'keep' }: KeyOptions,
  role: 'part' | 'callback',
): void {
  if (key === undefined) return;
  if (role === 'callback')
    throw new InvalidArgumentError(
      `${String(job)} is a callback and cannot have a key: a callback runs exactly once for its job (J7). Let it put a job ` +
        'with the key',
    );
  if (whenTaken !== 'keep' && whenTaken !== 'refuse')
    throw new InvalidArgumentError(
      `${String(job)} is a part of another job, where whenTaken can be 'keep' or 'refuse', not '${whenTaken}'`,
    );
}
