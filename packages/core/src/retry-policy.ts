// Retry policies: three questions that decide after an error, a failed commit, or an interrupt (R1, R2).
import { UnknownPolicyError } from './errors.js';
import type { Failure } from './failure.js';
import { Registry } from './registry.js';

/** What a policy answers: not again, now, in so many ms, or at a date. */
export type RetryDecision = boolean | number | Date;

/** A policy's own record on a job: plain JSON, kept between its decisions. */
export type PolicyData = Record<string, unknown>;

/** The three questions of a policy. Each may change `data`, which is stored with the decision. */
export interface RetryQuestions {
  /** The task threw `failure`. */
  jobError(failure: Failure, data: PolicyData): RetryDecision;
  /** The task's result could not be stored, for a reason that trying again may cure or not. */
  commitError(failure: Failure, data: PolicyData): RetryDecision;
  /** Its dispatcher stopped or died while it ran. */
  interrupted(data: PolicyData): RetryDecision;
}

/** A named policy: jobs store its name. */
export interface RetryPolicy extends RetryQuestions {
  readonly name: string;
}

const policies = new Registry<RetryPolicy>('retry policy');

/**
 * Defines a retry policy. Every process that runs jobs with it must define it.
 * @throws DuplicateNameError where the name is taken by another policy.
 */
export function defineRetryPolicy(name: string, questions: RetryQuestions): RetryPolicy {
  return policies.define(name, questions, () => ({
    name,
    jobError: (failure, data) => questions.jobError(failure, data),
    commitError: (failure, data) => questions.commitError(failure, data),
    interrupted: (data) => questions.interrupted(data),
  }));
}

/**
 * The policy of that name; without a name, the default for jobs, `RetryCommonFourTimes`.
 * @throws UnknownPolicyError where this process has not defined it.
 */
export function retryPolicyNamed(name: string | undefined): RetryPolicy {
  if (name === undefined) return RetryCommonFourTimes;
  const policy = policies.get(name);
  if (!policy) throw new UnknownPolicyError(`the retry policy ${JSON.stringify(name)} is not defined in this process`);
  return policy;
}

/** Conflicts are tried again so often by `RetryCommonFourTimes`. */
const MAX_CONFLICTS = 4;
/** Interrupted jobs are run again so often by `RetryCommonFourTimes`. */
const MAX_INTERRUPTS = 9;
const FIRST_BACKOFF = 250;
const MAX_BACKOFF = 60_000;

const TRANSIENT_CODES = new Set(
  'ECONNRESET ECONNREFUSED ECONNABORTED ETIMEDOUT EPIPE ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH'.split(' '),
);
const TRANSIENT_NAMES = new Set(['MaxRetriesPerRequestError', 'ConnectionClosedError']);
const TRANSIENT_MESSAGE = /^(LOADING|TRYAGAIN|CLUSTERDOWN|MASTERDOWN)\b|^Connection is closed/;

/** Whether `failure` is one of infrastructure, which passes by itself. */
function isTransient(failure: Failure): boolean {
  return (
    TRANSIENT_CODES.has(failure.code ?? '') ||
    TRANSIENT_NAMES.has(failure.name) ||
    TRANSIENT_MESSAGE.test(failure.message) ||
    (/timeout/i.test(failure.name) && failure.fields['retryable'] === true)
  );
}

/** Adds one to the count of that name, and gives it. */
function count(data: PolicyData, name: string): number {
  const next = Number(data[name] ?? 0) + 1;
  data[name] = next;
  return next;
}

/** A delay that doubles with each call, up to a minute. */
function backoff(data: PolicyData, name: string): number {
  return Math.min(FIRST_BACKOFF * 2 ** Math.min(count(data, name) - 1, 20), MAX_BACKOFF);
}

function commonError(failure: Failure, data: PolicyData, maxConflicts: number): RetryDecision {
  if (isTransient(failure)) return backoff(data, 'transientErrors');
  if (failure.name === 'RetryableError') return count(data, 'conflicts') <= maxConflicts;
  return false;
}

/** The default for jobs: transient errors with back-off, conflicts four times, interrupts nine times (R2). */
export const RetryCommonFourTimes = defineRetryPolicy('RetryCommonFourTimes', {
  jobError: (failure, data) => commonError(failure, data, MAX_CONFLICTS),
  commitError: (failure, data) => commonError(failure, data, MAX_CONFLICTS),
  interrupted: (data) => count(data, 'interrupts') <= MAX_INTERRUPTS,
});

/** The default for callbacks: as `RetryCommonFourTimes` without limits; any commit error is tried again (R2). */
export const RetryCommonForever = defineRetryPolicy('RetryCommonForever', {
  jobError: (failure, data) => commonError(failure, data, Infinity),
  commitError: (_failure, data) => backoff(data, 'commitErrors'),
  interrupted: () => true,
});

/** Never runs a job twice: an error fails it, an interrupt aborts it (R2). */
export const NeverRetry = defineRetryPolicy('NeverRetry', {
  jobError: () => false,
  commitError: () => false,
  interrupted: () => false,
});
