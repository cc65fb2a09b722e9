// The options of a job: checks those that users give, and makes their stored form.
import { InvalidArgumentError } from '../errors.js';
import { checkLimitName, checkName, isText } from '../lib/names.js';
import { toStoredKey, type KeyOptions } from './key-options.js';
import type { RetryPolicy } from './retry/policy.js';
import { refuseUnknownOptions } from '../lib/unknown-options.js';
import { describeValue } from '../lib/describe-value.js';
import { LONGEST_TIME } from '../lib/timeout.js';
import { toStoredMeta, type JobMeta } from './meta.js';

/** How a job runs. */
export interface JobOptions extends KeyOptions {
  /** Not before this time, or so many ms from when the option is given. Default: at once (Q2). */
  beginAfter?: Date | number;
  /**
   * Milliseconds within which it must begin, counted from its `beginAfter` or its put, whichever is
   * later; for a part, from its turn. A job that has not begun by then completes with a
   * TimeoutError; one that has begun is not run again after that time. Default: no limit (Q2).
   */
  beginBy?: number;
  /**
   * Milliseconds that a run may take, from the call of its task. After that `local.signal` is
   * aborted, and the run has ended with a TimeoutError, about which the policy decides (J10): the
   * built-in ones do not retry it. A composite, and a job that waits for one that it returned,
   * waits without a limit. Default: no limit.
   */
  timeout?: number;
  /** A policy, or the name of one. Default: `RetryCommonFourTimes` (R2). */
  retryPolicy?: RetryPolicy | string;
  /** The level at which its failure is logged. Default: `error` (J8). */
  failureLogLevel?: FailureLogLevel;
  /** The lane of the queue: agents that list it claim the job. Default: `main` (Q6). */
  lane?: string;
  /**
   * Quotas of the queue: it runs only while each of them has a free slot (Q5). `team/acme` is the
   * key `acme` of the quota `team`, which has keys (Q9). The keys of the first quota with keys that
   * a job names take turns. Default: none.
   */
  quotas?: readonly string[];
  /**
   * Rate limits of the queue: it starts only when each of them lets one more job start (Q9).
   * `tenant/acme` is the key `acme` of the limit `tenant`, which has keys. Default: none.
   */
  rateLimits?: readonly string[];
  /**
   * Its place in its lane, a whole number from 0 to 2,097,151, as BullMQ counts: 0 is first, then
   * come 1, 2, and so on; equal ones run in the order of their puts. A retried job keeps it (Q7).
   * Default: 0; of a part, and of a job that a task returns, that of the job that waits for it.
   */
  priority?: number;
  /**
   * Small JSON of the producer's, such as a tenant: 2,048 bytes at most (J11).
   * Parts, callbacks, and jobs that its task puts or returns have it too, unless they have one of
   * their own; `{}` is one of its own as well. Default: that of the job to which it belongs.
   */
  meta?: JobMeta;
}

/** Options that a task or a process may set for all its jobs: they decide how a job ends. */
export type JobDefaults = Pick<JobOptions, 'retryPolicy' | 'failureLogLevel' | 'timeout'>;

export type FailureLogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** The stored form of a job's options. A default is left out. */
export interface StoredJobOptions extends KeyOptions {
  retryPolicy?: string;
  failureLogLevel?: FailureLogLevel;
  /** Milliseconds since 1970. */
  beginAfter?: number;
  /** Milliseconds. */
  beginBy?: number;
  /** Milliseconds. */
  timeout?: number;
  lane?: string;
  quotas?: string[];
  rateLimits?: string[];
  priority?: number;
  meta?: JobMeta;
  /** The schedule that has put the job, and the planned time, in ms since 1970 (Q10). */
  schedule?: { name: string; time: number };
}

const LEVELS = new Set<unknown>(['trace', 'debug', 'info', 'warn', 'error', 'fatal']);
/** They may be defaults of a task, a process or a queue, and hold for parts too. */
export const FOR_ALL_JOBS: ReadonlySet<string> = new Set<keyof JobDefaults>([
  'retryPolicy',
  'failureLogLevel',
  'timeout',
]);
/** The names of all options of a job. */
export const KNOWN_OPTIONS: ReadonlySet<string> = new Set([
  ...FOR_ALL_JOBS,
  ...['beginAfter', 'beginBy', 'lane', 'quotas', 'rateLimits', 'priority', 'meta'],
  ...['key', 'whenTaken', 'until'],
]);
/** BullMQ's limit. Scores of jobs with a higher one would not be exact. */
const LAST_PRIORITY = 2_097_151;

/**
 * Checks `options` and returns their stored form.
 * @param now milliseconds since 1970, from which a `beginAfter` in ms counts
 * @param of names the options in errors
 * @throws InvalidArgumentError, which names the option that is wrong.
 */
export function toStoredOptions(options: JobOptions, now: number, of = 'a job'): StoredJobOptions {
  refuseUnknownOptions(of, options, KNOWN_OPTIONS);
  const {
    retryPolicy,
    failureLogLevel,
    beginAfter,
    beginBy,
    timeout,
    lane,
    quotas,
    rateLimits,
    priority,
    meta,
  } = options;
  if (failureLogLevel !== undefined && !LEVELS.has(failureLogLevel)) {
    throw new InvalidArgumentError(`failureLogLevel must be one of ${[...LEVELS].join(', ')}`);
  }
  if (lane !== undefined) checkName('lane', lane);
  return {
    ...(retryPolicy !== undefined && { retryPolicy: policyName(retryPolicy) }),
    ...(failureLogLevel !== undefined && { failureLogLevel }),
    ...(beginAfter !== undefined && { beginAfter: toTime(beginAfter, now) }),
    ...(beginBy !== undefined && { beginBy: toPeriod('beginBy', beginBy) }),
    ...(timeout !== undefined && { timeout: toPeriod('timeout', timeout) }),
    ...(lane !== undefined && { lane }),
    ...(quotas !== undefined && { quotas: namesOf('quota', quotas) }),
    ...(rateLimits !== undefined && { rateLimits: namesOf('rate limit', rateLimits) }),
    ...(priority !== undefined && { priority: toPriority(priority) }),
    ...(meta !== undefined && { meta: toStoredMeta(meta) }),
    ...toStoredKey(options),
  };
}

/** Whether a `beginAfter` counts from the call that gives it. */
export function isFromNow(beginAfter: Date | number | undefined): beginAfter is number {
  return typeof beginAfter === 'number' && beginAfter > 0;
}

/**
 * Checks the options that a task or a process sets for its jobs, and returns their stored form.
 * @param of names them in errors
 * @throws InvalidArgumentError, which names the option that is wrong.
 */
export function toStoredDefaults(of: string, defaults: JobDefaults): StoredJobOptions {
  if (typeof defaults !== 'object' || defaults === null) {
    const names = [...FOR_ALL_JOBS].join(', ');
    throw new InvalidArgumentError(`${of} must be an object: { ${names} }`);
  }
  for (const key of Object.keys(defaults)) {
    if (!FOR_ALL_JOBS.has(key))
      throw new InvalidArgumentError(`${of} may not have ${describeValue(key)}`);
  }
  return toStoredOptions(defaults, 0);
}

function namesOf(what: 'quota' | 'rate limit', names: unknown): string[] {
  if (!Array.isArray(names))
    throw new InvalidArgumentError(
      what === 'quota'
        ? "quotas must be an array of names: ['disk', 'team/acme']"
        : "rateLimits must be an array of names: ['api', 'tenant/acme']",
    );
  for (const name of names) checkLimitName(what, name);
  return [...new Set(names as string[])];
}

function toPriority(priority: unknown): number {
  const isInRange =
    Number.isInteger(priority) && Number(priority) >= 0 && Number(priority) <= LAST_PRIORITY;
  // -0 would be stored as 0.
  if (isInRange) return Number(priority) + 0;
  throw new InvalidArgumentError(
    `priority must be a whole number from 0, the first, to ${LAST_PRIORITY}, but it is ${describeValue(priority)}`,
  );
}

function policyName(policy: RetryPolicy | string): string {
  const name: unknown = typeof policy === 'string' ? policy : policy?.name;
  if (typeof name === 'string' && name !== '' && isText(name)) return name;
  throw new InvalidArgumentError(
    'retryPolicy must be a policy of defineRetryPolicy, or the name of one',
  );
}

function toTime(beginAfter: unknown, now: number): number {
  // At once. `now` may be ahead of Redis's clock by a round trip: the job would wait behind later
  // jobs.
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

function toPeriod(option: string, ms: unknown): number {
  if (typeof ms === 'number' && ms > 0 && ms < LONGEST_TIME) return Math.ceil(ms);
  throw new InvalidArgumentError(`${option} must be a number of ms above 0`);
}
