// The answer of a retry policy to one of its questions.
import { types } from 'node:util';
import { oddAnswer } from '../../lib/at-once.js';
import { LONGEST_TIME } from '../../lib/timeout.js';
import { currentClock } from '../../redis/clock.js';
import type { RetryDecision } from './policy.js';

/**
 * The delay in ms; undefined: not again.
 * @throws TypeError for any other answer. Taken for "again", it would run the job for ever.
 */
export function delayAnswered(decision: RetryDecision): number | undefined {
  if (decision === false) return undefined;
  if (decision === true) return 0;
  const isDate = types.isDate(decision);
  const delay = isDate ? Date.prototype.getTime.call(decision) - currentClock().now() : decision;
  const isRight = typeof delay === 'number' && delay <= LONGEST_TIME && (isDate || delay >= 0);
  if (isRight) return Math.max(0, Math.ceil(delay));
  const odd = isDate ? 'an invalid Date' : oddAnswer(decision);
  throw new TypeError(
    'a retry policy must answer at once with true, false, a delay in ms that is not negative, ' +
      `or a Date, not ${odd}`,
  );
}
