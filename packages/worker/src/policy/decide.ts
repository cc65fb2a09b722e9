// Asking a job's retry policy, and what its answer means (R1).
import {
  Failure,
  type InterruptData,
  type PolicyData,
  type RetryDecision,
  type RetryPolicy,
} from '@drover/core';
import {
  currentClock,
  isObject,
  LONGEST_TIME,
  oddAnswer,
  retryPolicyNamed,
  type ClaimedJob,
} from '@drover/core/internal';
import { types } from 'node:util';
import type { Outcome } from '../activation/outcome.js';

/**
 * Whether a job runs again, and when: `delay` in ms, 0 for at once. `isLate`: not, because its
 * `beginBy` is past (Q2).
 */
export type Decision =
  | { again: false; problem?: Failure; isLate?: true }
  | { again: true; delay: number; policyData: PolicyData };

/**
 * Asks one of the policy's questions. The policy gets a copy of its data, which is stored with the
 * decision only. A policy that throws, or answers with something odd, lets the job end.
 */
export function askPolicy(data: PolicyData, ask: (data: PolicyData) => RetryDecision): Decision {
  try {
    const policyData = structuredClone(data);
    const delay = toDelay(ask(policyData));
    return delay === undefined
      ? { again: false }
      : { again: true, delay, policyData: stored(policyData) };
  } catch (error) {
    return { again: false, problem: Failure.from(error) };
  }
}

/**
 * Asks what becomes of an interrupted job. `waiting`: it only waits for other jobs, and its task
 * would not run again (R2). The policy is told in its data; only its own record is stored.
 */
export function askInterrupted(policy: RetryPolicy, data: PolicyData, waiting: boolean): Decision {
  const { waiting: _told, ...own } = data;
  const decision = askPolicy(waiting ? { ...own, waiting } : own, (told) =>
    policy.interrupted(told as InterruptData),
  );
  if (decision.again) delete decision.policyData['waiting'];
  return decision;
}

/**
 * A copy of the data: what cannot be stored is the policy's mistake, and what it changes later does
 * not count.
 */
function stored(data: PolicyData): PolicyData {
  const copy: unknown = JSON.parse(JSON.stringify(data) ?? 'null');
  if (isObject<PolicyData>(copy)) return copy;
  throw new TypeError('the data of a retry policy must be a plain object');
}

/** The end of a run with a failure, as the policy decides. */
export function decideFailure(
  failure: Failure,
  data: PolicyData,
  ask: (data: PolicyData) => RetryDecision,
): Outcome {
  const decision = askPolicy(data, ask);
  if (decision.again)
    return { kind: 'retry', failure, delay: decision.delay, policyData: decision.policyData };
  return { kind: 'failed', failure, policyProblem: decision.problem };
}

/**
 * As `decideFailure`, by the policy that the job names; a job whose policy is unknown here ends.
 */
export function decideByItsPolicy(
  { options, policyData }: Pick<ClaimedJob, 'options' | 'policyData'>,
  question: 'jobError' | 'commitError',
  failure: Failure,
): Outcome {
  return decideFailure(failure, policyData, (data) =>
    retryPolicyNamed(options.retryPolicy)[question](failure, data),
  );
}

/**
 * @throws TypeError for any other answer: it must not be taken for "run it again", which would go
 *   on for ever
 */
function toDelay(decision: RetryDecision): number | undefined {
  if (decision === false) return undefined;
  if (decision === true) return 0;
  const isDate = types.isDate(decision);
  const delay = isDate ? Date.prototype.getTime.call(decision) - currentClock().now() : decision;
  const isRight = typeof delay === 'number' && delay <= LONGEST_TIME && (isDate || delay >= 0);
  if (isRight) return Math.max(0, Math.ceil(delay));
  const odd = isDate ? 'a date that is none' : oddAnswer(decision);
  throw new TypeError(
    `a retry policy must answer at once with true, false, a delay in ms that is not negative, or a Date, not ${odd}`,
  );
}
