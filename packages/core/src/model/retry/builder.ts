// `retry` makes common policies from numbers. A policy's name holds the numbers, so that every
// process knows the policy (R1, R2).
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
import { doubled, jittered } from '../../lib/back-off.js';
import { refuseUnknownOptions } from '../../lib/unknown-options.js';
import {
  isPredicate,
  isQuestion,
  toPlan,
  type Backoff,
  type RetryMatcher,
  type RetryOptions,
  type RetryPlan,
  type RetryPredicate,
} from './plan.js';

const PREFIX = 'retry ';
const MAX_NAME = 200;
const KNOWN = new Set(['attempts', 'interrupts', 'backoff', 'on', 'except', 'name']);

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

/** The policy whose name `retry` makes, also where this process has not called `retry`. */
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
  { attempts, interrupts, backoff, on = [], except = [] }: RetryPlan,
  predicate?: RetryPredicate,
): RetryQuestions {
  const questions = on.filter(isQuestion);
  const errors = on.filter((one) => !isQuestion(one));
  const asks = (question: RetryQuestion): boolean =>
    questions.length === 0 || questions.includes(question);
  const likes = (failure: Failure): boolean => errors.length === 0 || isAmong(failure, errors);
  const afterError =
    (question: 'jobError' | 'commitError') => (failure: Failure, data: PolicyData) => {
      if (!asks(question) || isAmong(failure, except)) return false;
      if (!(predicate ? judgedBy(predicate, failure, question) : likes(failure))) return false;
      const runs = count(data, 'attempts');
      return runs < attempts && (backoff === undefined || delayOf(runs, backoff));
    };
  return {
    jobError: afterError('jobError'),
    commitError: afterError('commitError'),
    interrupted: lettingWait(
      (data) => asks('interrupted') && count(data, 'interrupts') <= interrupts,
    ),
  };
}

/** Every error is one of the class Error. */
function isAmong({ name, code, classes }: Failure, matchers: readonly string[]): boolean {
  if (matchers.length === 0) return false;
  const names = [name, code, ...classes, 'Error'];
  return names.some((one) => one !== undefined && matchers.includes(one));
}

/**
 * @throws TypeError for an answer that is not a boolean: a promise is truthy, and the job would
 *   always run again
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

function delayOf(runs: number, { type, delay, max = Infinity, jitter = 0 }: Backoff): number {
  const whole = type === 'fixed' ? delay : doubled(runs - 1, { firstDelay: delay, mostDelay: max });
  return Math.round(jittered(whole, jitter));
}

/** JSON has no Infinity. */
function toText(plan: RetryPlan): string {
  return JSON.stringify(plan, (_key, value: unknown) => (value === Infinity ? 'Infinity' : value));
}

function fromText(_key: string, value: unknown): unknown {
  return value === 'Infinity' ? Infinity : value;
}
