// `retry`: common policies made of numbers. Their names hold the numbers, so that every process
// knows them (R1, R2).
import { oddAnswer } from '../../lib/at-once.js';
import { InvalidArgumentError } from '../../errors.js';
import type { Failure } from '../../codec/failure.js';
import {
  count,
  definePolicy,
  lettingWait,
  toPolicy,
  type PolicyData,
  type RetryPolicy,
  type RetryQuestion,
  type RetryQuestions,
} from './policy.js';
import { refuseUnknownOptions } from '../../lib/unknown-options.js';

/** How long to wait between attempts. */
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
 * Whether a failure is one after which to try again: at once, and true or false. Any other answer
 * lets the job end.
 */
export type RetryPredicate = (
  failure: Failure,
  question: Exclude<RetryQuestion, 'interrupted'>,
) => boolean;

/**
 * A class of errors, or its name; or the name or the code of an error; or the name of a question. A
 * class stands for its name: it means all errors of a class of that name, and of the classes below
 * it.
 */
export type RetryMatcher = string | (abstract new (...args: never[]) => Error);

export interface RetryOptions {
  /**
   * How often the job may run in all, where its errors end it; `Infinity` for no limit. Interrupts
   * are not counted. Default 5.
   */
  attempts?: number;
  /**
   * How often it may be run again after an interrupt; `Infinity` for no limit. Interrupts of a job
   * that only waits for other jobs are not counted: it waits on. Default 9.
   */
  interrupts?: number;
  /** After an error: a fixed delay in ms, or a Backoff. Default 0: at once. */
  backoff?: number | Backoff;
  /**
   * After which errors. Names of questions ('jobError', 'commitError', 'interrupted') restrict it
   * to these; all else restricts the errors, and not the interrupts. A predicate needs a `name`.
   * Default: after all errors and interrupts.
   */
  on?: RetryPredicate | RetryMatcher | readonly RetryMatcher[];
  /**
   * For other processes, which must call `retry` with it too. Default: made of the other options,
   * and known everywhere.
   */
  name?: string;
}

/**
 * The options with all defaults, but for what a predicate decides: plain JSON, which is also the
 * policy's name.
 */
interface RetryPlan {
  attempts: number;
  interrupts: number;
  backoff?: Backoff;
  on?: string[];
}

const PREFIX = 'retry ';
const MAX_NAME = 200;
const DEFAULT_ATTEMPTS = 5;
const DEFAULT_INTERRUPTS = 9;
const DEFAULT_MAX = 60_000;
const KNOWN = new Set(['attempts', 'interrupts', 'backoff', 'on', 'name']);
const QUESTIONS: readonly string[] = [
  'jobError',
  'commitError',
  'interrupted',
] satisfies RetryQuestion[];

/**
 * A policy that runs a job again up to a number of attempts, after a delay. The same options give
 * the same policy.
 * @throws InvalidArgumentError, which names the option that is wrong; DuplicateNameError where
 *   `name` stands for another policy.
 */
export function retry(options: RetryOptions = {}): RetryPolicy {
  if (typeof options !== 'object' || options === null)
    throw new InvalidArgumentError('retry takes an object of options');
  refuseUnknownOptions('retry', options, KNOWN);
  const { on, name } = options;
  const predicate = isPredicate(on) ? on : undefined;
  const plan = toPlan(
    options,
    predicate ? undefined : (on as RetryMatcher | readonly RetryMatcher[] | undefined),
  );
  const text = toText(plan);
  if (name !== undefined) {
    return definePolicy(name, toQuestions(plan, predicate), [text, predicate], {}, retry);
  }
  if (predicate) {
    throw new InvalidArgumentError(
      'retry with a function `on` needs a `name`: other processes cannot know it by its options',
    );
  }
  if (PREFIX.length + text.length > MAX_NAME)
    throw new InvalidArgumentError('retry with so many names in `on` needs a `name`');
  return toPolicy(PREFIX + text, toQuestions(plan));
}

/** The policy of a name that `retry` made, whether or not this process has called it. */
export function retryOfName(name: string): RetryPolicy | undefined {
  if (!name.startsWith(PREFIX)) return undefined;
  try {
    const policy = retry(JSON.parse(name.slice(PREFIX.length), fromText) as RetryOptions);
    return policy.name === name ? policy : undefined;
  } catch {
    return undefined;
  }
}

function toQuestions(
  { attempts, interrupts, backoff, on = [] }: RetryPlan,
  predicate?: RetryPredicate,
): RetryQuestions {
  const questions = on.filter((one) => QUESTIONS.includes(one));
  const errors = new Set(on.filter((one) => !QUESTIONS.includes(one)));
  const asks = (question: RetryQuestion): boolean =>
    questions.length === 0 || questions.includes(question);
  // Every error is one of the class Error.
  const likes = (failure: Failure): boolean =>
    errors.size === 0 ||
    [failure.name, failure.code, ...failure.classes, 'Error'].some(
      (name) => name !== undefined && errors.has(name),
    );
  const afterError =
    (question: 'jobError' | 'commitError') => (failure: Failure, data: PolicyData) => {
      if (!asks(question) || !(predicate ? judgedBy(predicate, failure, question) : likes(failure)))
        return false;
      const runs = count(data, 'attempts');
      return runs < attempts && (backoff === undefined || delayAfter(runs, backoff));
    };
  return {
    jobError: afterError('jobError'),
    commitError: afterError('commitError'),
    interrupted: lettingWait(
      (data) => asks('interrupted') && count(data, 'interrupts') <= interrupts,
    ),
  };
}

/**
 * @throws TypeError for an answer that is neither: a promise counts as true in JavaScript, and the
 *   job would always run again
 */
function judgedBy(
  predicate: RetryPredicate,
  failure: Failure,
  question: Parameters<RetryPredicate>[1],
): boolean {
  const answer: unknown = predicate(failure, question);
  if (typeof answer === 'boolean') return answer;
  throw new TypeError(
    `the function \`on\` of retry must answer at once with true or false, not ${oddAnswer(answer)}`,
  );
}

function delayAfter(runs: number, { type, delay, max = Infinity, jitter = 0 }: Backoff): number {
  const whole = type === 'fixed' ? delay : Math.min(delay * 2 ** Math.min(runs - 1, 60), max);
  return Math.round(whole * (1 - jitter * Math.random()));
}

function toPlan(
  options: RetryOptions,
  on: RetryMatcher | readonly RetryMatcher[] | undefined,
): RetryPlan {
  const { attempts = DEFAULT_ATTEMPTS, interrupts = DEFAULT_INTERRUPTS } = options;
  const backoff = toBackoff(options.backoff ?? 0);
  const matchers = [on ?? []].flat().map(toName);
  return {
    attempts: toCount('attempts', attempts, 1),
    interrupts: toCount('interrupts', interrupts, 0),
    ...(backoff && { backoff }),
    ...(matchers.length > 0 && { on: [...new Set(matchers)].sort() }),
  };
}

function toCount(option: string, value: unknown, least: number): number {
  if (value === Infinity || (Number.isInteger(value) && (value as number) >= least))
    return value as number;
  throw new InvalidArgumentError(
    `${option} of retry must be a whole number, from ${least}, or Infinity`,
  );
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

function toName(matcher: unknown): string {
  const name: unknown = typeof matcher === 'function' ? matcher.name : matcher;
  if (typeof name === 'string' && name !== '') return name;
  throw new InvalidArgumentError(
    '`on` of retry takes names or codes of errors, classes, or one function. A class stands for its name, which other ' +
      'processes are told: one without a name needs one',
  );
}

/** A class of errors, also of another realm, is named; any other function judges. */
function isPredicate(on: RetryOptions['on']): on is RetryPredicate {
  if (typeof on !== 'function') return false;
  const prototype: unknown = on.prototype;
  return !(typeof prototype === 'object' && prototype !== null && 'message' in prototype);
}

/** JSON has no Infinity. */
function toText(plan: RetryPlan): string {
  return JSON.stringify(plan, (_key, value: unknown) => (value === Infinity ? 'Infinity' : value));
}

function fromText(_key: string, value: unknown): unknown {
  return value === 'Infinity' ? Infinity : value;
}
