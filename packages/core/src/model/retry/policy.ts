// Retry policies. Each answers three questions: whether a job runs again after an error, after a
// failed commit, and after an interrupt (R1, R2).
import { InvalidArgumentError } from '../../errors.js';
import type { Failure } from '../../codec/failure.js';
import {
  checkDefineOptions,
  Registry,
  type DefineOptions,
  type Identity,
} from '../../lib/registry.js';
import { describeValue } from '../../lib/describe-value.js';

/** The answer of a policy: not again (`false`), now (`true`), in so many ms, or at a date. */
export type RetryDecision = boolean | number | Date;

/** A policy's own data on a job: plain JSON, kept between its decisions. */
export type PolicyData = Record<string, unknown>;

/** A policy's data for the question about an interrupt. */
export type InterruptData = PolicyData & {
  /**
   * `true` if the interrupted job only waited for other jobs: a composite, or a job whose task
   * returned a job. Its task does not run again: the job goes on waiting. Absent if its task ran.
   * Not stored.
   */
  readonly waiting?: true;
};

/** The three questions of a policy. Each may change `data`, which is stored with the decision. */
export interface RetryQuestions {
  /** The task threw `failure`. */
  jobError(failure: Failure, data: PolicyData): RetryDecision;
  /** The task's result could not be stored, whether or not another run can cure that. */
  commitError(failure: Failure, data: PolicyData): RetryDecision;
  /**
   * Its dispatcher stopped or died while it ran, or while it waited for other jobs
   * (`data.waiting`).
   */
  interrupted(data: InterruptData): RetryDecision;
}

/** The names of the questions. */
export type RetryQuestion = keyof RetryQuestions;

/** A named policy: jobs store its name. */
export interface RetryPolicy extends RetryQuestions {
  readonly name: string;
}

const policies = new Registry<RetryPolicy>('retry policy');

export const QUESTIONS: readonly RetryQuestion[] = ['jobError', 'commitError', 'interrupted'];

/**
 * Defines a retry policy. Every process that runs jobs with it must define it. A policy whose three
 * functions have the same source text replaces the one before (J1).
 * @throws DuplicateNameError where another policy has the name, unless `replace` is true;
 *   InvalidArgumentError for a bad name, or where one of the three questions is missing.
 */
export function defineRetryPolicy(
  name: string,
  questions: RetryQuestions,
  options: DefineOptions = {},
): RetryPolicy {
  checkDefineOptions('defineRetryPolicy', options);
  for (const question of QUESTIONS) {
    if (typeof questions?.[question] === 'function') continue;
    throw new InvalidArgumentError(
      `the retry policy ${describeValue(name)} must be an object with the functions ` +
        `${QUESTIONS.join(', ')}: ${question} is missing`,
    );
  }
  const { jobError, commitError, interrupted } = questions;
  return definePolicy(
    name,
    questions,
    [jobError, commitError, interrupted],
    options,
    defineRetryPolicy,
  );
}

/** As `defineRetryPolicy`, for functions that are made anew each time: `identity` is compared. */
export function definePolicy(
  name: string,
  questions: RetryQuestions,
  identity: Identity,
  options: DefineOptions,
  definedBy: (...args: never[]) => unknown,
): RetryPolicy {
  return policies.define(name, identity, () => toPolicy(name, questions), options, definedBy);
}

/** A policy that is not registered. */
export function toPolicy(name: string, questions: RetryQuestions): RetryPolicy {
  return {
    name,
    jobError: (failure, data) => questions.jobError(failure, data),
    commitError: (failure, data) => questions.commitError(failure, data),
    interrupted: (data) => questions.interrupted(data),
  };
}

/** The policy of that name, if this process has defined it. */
export function definedPolicy(name: string): RetryPolicy | undefined {
  return policies.get(name);
}

/**
 * Makes Drover's own policies let a job wait on that only waited, without counting the interrupt
 * (R2). Without this, ten deploys would end a long composite.
 */
export function lettingWait(
  decide: (data: InterruptData) => RetryDecision,
): RetryQuestions['interrupted'] {
  return (data) => data.waiting === true || decide(data);
}

/** Adds one to the count of that name in a policy's data, and returns it. */
export function count(data: PolicyData, name: string): number {
  const next = Number(data[name] ?? 0) + 1;
  data[name] = next;
  return next;
}
