// Asks the retry policy of a job what follows an error, a failed commit or an interrupt (R1).
import {
  Failure,
  type InterruptData,
  type PolicyData,
  type RetryDecision,
  type RetryPolicy,
} from '@drover/core';
import {
  currentClock,
  LONGEST_TIME,
  oddAnswer,
  retryPolicyNamed,
  type ClaimedJob,
} from '@drover/core/internal';
import { types } from 'node:util';
import type { Outcome } from '../activation/outcome.js';

/**
 * Whether a job runs again, and after how many ms. `problem`: the error of the policy. `isLate`:
 * the policy would run the job again, but its `beginBy` is past (Q2).
 */
export type Decision =
  | { again: false; problem?: Failure; isLate?: true }
  | { again: true; delay: number; policyData: PolicyData };

/**
 * Asks one of the policy's questions. The policy gets a copy of its data; what it changes there is
 * stored only with a decision to run again. If the policy throws or gives a wrong answer, the job
 * ends.
 */
export function askPolicy(data: PolicyData, ask: (data: PolicyData) => RetryDecision): Decision {
  try {
    const policyData = structuredClone(data);
    const delay = toDelay(ask(policyData));
    return delay === undefined
      ? { again: false }
      : { again: true, delay, policyData: toStorable(policyData) };
  } catch (error) {
    return { again: false, problem: Failure.from(error) };
  }
}

/**
 * Asks what follows an interrupt. `waiting`: the job only waits for its children, and its task
 * would not run again (R2). The policy sees that in its data; it is not stored.
 */
export function askInterrupted(policy: RetryPolicy, data: PolicyData, waiting: boolean): Decision {
  const { waiting: _shown, ...own } = data;
  const decision = askPolicy(waiting ? { ...own, waiting } : own, (shown) =>
    policy.interrupted(shown as InterruptData),
  );
  if (decision.again) delete decision.policyData['waiting'];
  return decision;
}

/**
 * The outcome of a run that failed, or whose commit did. A job whose policy is unknown here ends.
 */
export function decideByPolicy(
  { options, policyData }: Pick<ClaimedJob, 'options' | 'policyData'>,
  question: 'jobError' | 'commitError',
  failure: Failure,
): Outcome {
  const decision = askPolicy(policyData, (data) =>
    retryPolicyNamed(options.retryPolicy)[question](failure, data),
  );
  if (decision.again)
    return { kind: 'retry', failure, delay: decision.delay, policyData: decision.policyData };
  return { kind: 'failed', failure, policyProblem: decision.problem };
}

/** A copy, so that the policy cannot change it later. Data that JSON cannot hold throws here. */
function toStorable(data: PolicyData): PolicyData {
  const copy: unknown = JSON.parse(JSON.stringify(data) ?? 'null');
  if (typeof copy === 'object' && copy !== null && !Array.isArray(copy)) return copy as PolicyData;
  throw new TypeError('the data of a retry policy must be a plain object');
}

/**
 * The delay in ms; undefined: not again.
 * @throws TypeError for any other answer. Taken for "again", it would run the job for ever.
 */
function toDelay(decision: RetryDecision): number | undefined {
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
