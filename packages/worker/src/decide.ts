// Asking a job's retry policy, and what its answer means (R1).
import { Failure, type InterruptData, type PolicyData, type RetryDecision, type RetryPolicy } from '@drover/core';
import { systemClock } from '@drover/core/internal';

/** Whether a job runs again, and when: `delay` in ms, 0 for at once. `isLate`: not, because its `beginBy` is past (Q2). */
export type Decision =
  { again: false; problem?: Failure; isLate?: true } | { again: true; delay: number; policyData: PolicyData };

/**
 * Asks one of the policy's questions. The policy gets a copy of its data, which is stored with the decision only. A policy
 * that throws, or answers with something odd, lets the job end.
 */
export function askPolicy(data: PolicyData, ask: (data: PolicyData) => RetryDecision): Decision {
  const policyData = structuredClone(data);
  try {
    const delay = toDelay(ask(policyData));
    // What cannot be stored is the policy's mistake, and is found before anything is written.
    JSON.stringify(policyData);
    return delay === undefined ? { again: false } : { again: true, delay, policyData };
  } catch (error) {
    return { again: false, problem: Failure.from(error) };
  }
}

/**
 * Asks what becomes of an interrupted job. `waiting`: it only waits for other jobs, and its task would
 * not run again (R2). The policy is told in its data; only its own record is stored.
 */
export function askInterrupted(policy: RetryPolicy, data: PolicyData, waiting: boolean): Decision {
  const { waiting: _told, ...own } = data;
  const decision = askPolicy(waiting ? { ...own, waiting } : own, (told) => policy.interrupted(told as InterruptData));
  if (decision.again) delete decision.policyData['waiting'];
  return decision;
}

/** A thousand years: what is longer is a mistake, and would not be a date. */
const LONGEST_DELAY = 3.2e13;

function toDelay(decision: RetryDecision): number | undefined {
  if (decision === false) return undefined;
  if (decision === true) return 0;
  const delay = decision instanceof Date ? decision.getTime() - systemClock.now() : decision;
  if (typeof delay !== 'number' || !(delay <= LONGEST_DELAY)) {
    throw new TypeError('a retry policy must answer with true, false, a delay in ms, or a Date');
  }
  return Math.max(0, Math.ceil(delay));
}
