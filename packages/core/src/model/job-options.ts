// The options of a job: what users give, checked, and what is stored of it.
import { InvalidArgumentError } from '../errors.js';
import { checkName, isText } from '../lib/names.js';
import type { RetryPolicy } from './retry/policy.js';
import { refuseUnknownOptions } from '../lib/unknown-options.js';
import { describeValue } from '../lib/describe-value.js';
import { LONGEST_TIME } from '../lib/timeout.js';

/** How a job is run. */
export interface JobOptions {
  /** Not before this time, or so many ms from when the option is given. Default: at once (Q2). */
  beginAfter?: Date | number;
  /**
   * Milliseconds within which it must have begun, counted from its `beginAfter` or from its put,
   * whichever is later; of a part, from when its turn comes. Not begun by then, it completes with a
   * TimeoutError; past it, it is not run again either. Default: no limit (Q2).
   */
  beginBy?: number;
  /** A policy, or the name of one. Default: `RetryCommonFourTimes` (R2). */
  retryPolicy?: RetryPolicy | string;
  /** The level at which its failure is logged. Default: `error` (J8). */
  failureLogLevel?: FailureLogLevel;
  /**
   * The partition of the queue that it stands in, served by the agents that list it. Default:
   * `main` (Q6).
   */
  lane?: string;
  /** Quotas of the queue: it runs only while each of them has a free slot (Q5). Default: none. */
  quotas?: readonly string[];
}

/**
 * Options that a task or a queue gives to its jobs: how they end. Where and when each runs is its
 * own.
 */
export type JobDefaults = Pick<JobOptions, 'retryPolicy' | 'failureLogLevel'>;

export type FailureLogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** What is stored of a job's options; what is at its default is left out. */
export interface StoredJobOptions {
  retryPolicy?: string;
  failureLogLevel?: FailureLogLevel;
  /** Milliseconds since 1970. */
  beginAfter?: number;
  /** Milliseconds. */
  beginBy?: number;
  lane?: string;
  quotas?: string[];
}

const LEVELS = new Set<unknown>(['trace', 'debug', 'info', 'warn', 'error', 'fatal']);
const KNOWN = new Set([
  'beginAfter',
  'beginBy',
  'retryPolicy',
  'failureLogLevel',
  'lane',
  'quotas',
]);
const DEFAULTS = new Set(['retryPolicy', 'failureLogLevel']);

/**
 * Checks `options` and gives what is stored of them.
 * @param now milliseconds since 1970, from which a `beginAfter` in ms counts
 * @throws InvalidArgumentError, which names the option that is wrong.
 */
export function toStoredOptions(options: JobOptions, now: number): StoredJobOptions {
  refuseUnknownOptions('a job', options, KNOWN);
  const { retryPolicy, failureLogLevel, beginAfter, beginBy, lane, quotas } = options;
  if (failureLogLevel !== undefined && !LEVELS.has(failureLogLevel)) {
    throw new InvalidArgumentError(`failureLogLevel must be one of ${[...LEVELS].join(', ')}`);
  }
  if (lane !== undefined) checkName('lane', lane);
  return {
    ...(retryPolicy !== undefined && { retryPolicy: policyName(retryPolicy) }),
    ...(failureLogLevel !== undefined && { failureLogLevel }),
    ...(beginAfter !== undefined && { beginAfter: toTime(beginAfter, now) }),
    ...(beginBy !== undefined && { beginBy: toPeriod(beginBy) }),
    ...(lane !== undefined && { lane }),
    ...(quotas !== undefined && { quotas: quotaNames(quotas) }),
  };
}

/**
 * Checks the options that a task or a queue gives to its jobs; what is stored of them.
 * @param of names whose they are in errors
 * @throws InvalidArgumentError, which names the option that is wrong.
 */
export function toStoredDefaults(of: string, defaults: JobDefaults): StoredJobOptions {
  if (typeof defaults !== 'object' || defaults === null) {
    throw new InvalidArgumentError(`${of} must be an object: { retryPolicy, failureLogLevel }`);
  }
  for (const key of Object.keys(defaults)) {
    if (!DEFAULTS.has(key))
      throw new InvalidArgumentError(`${of} may not have ${describeValue(key)}`);
  }
  return toStoredOptions(defaults, 0);
}

function quotaNames(quotas: unknown): string[] {
  if (!Array.isArray(quotas))
    throw new InvalidArgumentError("quotas must be an array of names: ['disk']");
  for (const name of quotas) checkName('quota', name);
  return [...new Set(quotas as string[])];
}

function policyName(policy: RetryPolicy | string): string {
  const name: unknown = typeof policy === 'string' ? policy : policy?.name;
  if (typeof name === 'string' && name !== '' && isText(name)) return name;
  throw new InvalidArgumentError(
    'retryPolicy must be a policy of defineRetryPolicy, or the name of one',
  );
}

function toTime(beginAfter: unknown, now: number): number {
  // At once: `now` may be ahead of Redis's clock by a round trip, and the job would come behind
  // later ones.
  if (beginAfter === 0) return 0;
  const time =
    beginAfter instanceof Date
      ? beginAfter.getTime()
      : typeof beginAfter === 'number'
        ? now + beginAfter
        : NaN;
  if (
    Number.isFinite(time) &&
    (beginAfter instanceof Date || (typeof beginAfter === 'number' && beginAfter >= 0))
  ) {
    return Math.ceil(time);
  }
  throw new InvalidArgumentError(
    'beginAfter must be a valid Date, or a number of ms that is not negative',
  );
}

function toPeriod(beginBy: unknown): number {
  if (typeof beginBy === 'number' && beginBy > 0 && beginBy < LONGEST_TIME)
    return Math.ceil(beginBy);
  throw new InvalidArgumentError('beginBy must be a number of ms above 0');
}
