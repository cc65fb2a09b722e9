// Checks the options of `retry` and makes a plan of them: plain JSON, for the policy's name.
import type { Failure } from '../../codec/failure.js';
import { InvalidArgumentError } from '../../errors.js';
import { refuseUnknownOptions } from '../../lib/unknown-options.js';
import { checkWhole } from '../../lib/whole-number.js';
import { QUESTIONS, type RetryQuestion } from './policy.js';

/** How long to wait between two attempts. */
export interface Backoff {
  /** The same delay each time, or one that doubles. */
  type: 'fixed' | 'exponential';
  /** Milliseconds before the second attempt. */
  delay: number;
  /** The longest delay, in ms. Default 60,000, or `delay` where that is longer. */
  max?: number;
  /** From 0 to 1: the part of each delay that chance decides. Default 0. */
  jitter?: number;
}

/**
 * Whether to run the job again after this failure. It must answer true or false, and not be async;
 * with any other answer the job ends.
 */
export type RetryPredicate = (
  failure: Failure,
  question: Exclude<RetryQuestion, 'interrupted'>,
) => boolean;

/**
 * A class of errors, or the name of one; or the name or the code of an error; or the name of a
 * question. A class stands for its name: it matches errors of every class of that name, and of the
 * classes below it.
 */
export type RetryMatcher = string | (abstract new (...args: never[]) => Error);

export interface RetryOptions {
  /**
   * How often the job may run in all, if errors end its runs; `Infinity` for no limit. Interrupts
   * do not count. Default 5.
   */
  attempts?: number;
  /**
   * How often it may run again after an interrupt; `Infinity` for no limit. Interrupts of a job
   * that only waits for other jobs do not count: it waits on. Default 9.
   */
  interrupts?: number;
  /** After an error: a fixed delay in ms, or a Backoff. Default 0: at once. */
  backoff?: number | Backoff;
  /**
   * After which errors the job runs again. Names of questions ('jobError', 'commitError',
   * 'interrupted') restrict it to these; anything else restricts the errors, and not the
   * interrupts. A predicate needs a `name`. Default: after all errors and interrupts.
   */
  on?: RetryPredicate | RetryMatcher | readonly RetryMatcher[];
  /**
   * After which errors the job does not run again, though `on` names them: classes, names or codes.
   * Default: none.
   */
  except?: RetryMatcher | readonly RetryMatcher[];
  /**
   * The policy's name: every process that runs such jobs must call `retry` with it. Default: made
   * of the other options, and known everywhere.
   */
  name?: string;
}

/** The options with their defaults, without a predicate, as plain JSON. */
export interface RetryPlan {
  attempts: number;
  interrupts: number;
  backoff?: Backoff;
  on?: string[];
  except?: string[];
}

const DEFAULT_ATTEMPTS = 5;
const DEFAULT_INTERRUPTS = 9;
const DEFAULT_MAX = 60_000;

export function toPlan(
  options: RetryOptions,
  on: RetryMatcher | readonly RetryMatcher[] | undefined,
): RetryPlan {
  const { attempts = DEFAULT_ATTEMPTS, interrupts = DEFAULT_INTERRUPTS } = options;
  const backoff = toBackoff(options.backoff ?? 0);
  const matchers = namesOf('on', on);
  const except = namesOf('except', options.except);
  const question = except.find(isQuestion);
  if (question !== undefined) {
    throw new InvalidArgumentError(
      `\`except\` of retry names errors, and ${question} is a question: leave it out of \`on\``,
    );
  }
  return {
    attempts: toCount('attempts', attempts, 1),
    interrupts: toCount('interrupts', interrupts, 0),
    ...(backoff && { backoff }),
    ...(matchers.length > 0 && { on: matchers }),
    ...(except.length > 0 && { except }),
  };
}

/** Whether a matcher is the name of a question, and not one of an error. */
export function isQuestion(matcher: string): boolean {
  return (QUESTIONS as readonly string[]).includes(matcher);
}

/** A class of errors, also of another realm, is a matcher; any other function is a predicate. */
export function isPredicate(on: unknown): on is RetryPredicate {
  if (typeof on !== 'function') return false;
  const prototype: unknown = on.prototype;
  return !(typeof prototype === 'object' && prototype !== null && 'message' in prototype);
}

function namesOf(
  option: 'on' | 'except',
  matchers: RetryMatcher | readonly RetryMatcher[] | undefined,
): string[] {
  const names = [matchers ?? []].flat().map((matcher) => toName(option, matcher));
  return [...new Set(names)].sort();
}

function toCount(option: string, value: unknown, least: number): number {
  checkWhole(`${option} of retry`, value, { from: least, orInfinity: true });
  return value;
}

function toBackoff(backoff: unknown): Backoff | undefined {
  if (typeof backoff === 'number')
    return backoff === 0 ? undefined : toBackoff({ type: 'fixed', delay: backoff });
  if (typeof backoff !== 'object' || backoff === null) {
    throw new InvalidArgumentError(
      'backoff of retry must be a delay in ms, or { type, delay, max, jitter }',
    );
  }
  const { type, delay, max: most, jitter = 0, ...unknown } = backoff as Backoff;
  refuseUnknownOptions('backoff of retry', unknown);
  if (type !== 'fixed' && type !== 'exponential') {
    throw new InvalidArgumentError("backoff.type of retry must be 'fixed' or 'exponential'");
  }
  for (const [option, value] of Object.entries({
    delay,
    ...(most !== undefined && { max: most }),
  })) {
    if (Number.isFinite(value) && value >= 0) continue;
    throw new InvalidArgumentError(
      `backoff.${option} of retry must be a number of ms that is not negative`,
    );
  }
  const max = most ?? Math.max(DEFAULT_MAX, delay);
  if (max < delay)
    throw new InvalidArgumentError('backoff.max of retry must not be less than backoff.delay');
  if (typeof jitter !== 'number' || !(jitter >= 0 && jitter <= 1))
    throw new InvalidArgumentError('backoff.jitter of retry must be from 0 to 1');
  return { type, delay, ...(type === 'exponential' && { max }), ...(jitter > 0 && { jitter }) };
}

function toName(option: 'on' | 'except', matcher: unknown): string {
  const name: unknown = typeof matcher === 'function' ? matcher.name : matcher;
  if (typeof name === 'string' && name !== '' && !isPredicate(matcher)) return name;
  throw new InvalidArgumentError(
    `\`${option}\` of retry takes names or codes of errors, classes` +
      `${option === 'on' ? ', or one function' : ''}. A class stands for its name, which other ` +
      'processes are told: one without a name needs one',
  );
}
