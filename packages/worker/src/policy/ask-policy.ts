// Asks the retry policy of a job what follows an error, a failed commit or an interrupt (R1).
import {
  Failure,
  type InterruptData,
  type PolicyData,
  type RetryDecision,
  type RetryPolicy,
} from '@drover/core';
import { delayAnswered, retryPolicyNamed, type ClaimedJob } from '@drover/core/internal';
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
    const delay = delayAnswered(ask(policyData));
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
