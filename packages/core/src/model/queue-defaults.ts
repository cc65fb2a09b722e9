// The defaults of a queue for the jobs that are put through it (`defaultJobOptions`, Q12).
import { InvalidArgumentError } from '../errors.js';
import {
  FOR_ALL_JOBS,
  toStoredOptions,
  type JobOptions,
  type StoredJobOptions,
} from './job-options.js';
import type { JobMeta } from './meta.js';

/** Defaults that hold for the jobs that are put, and not for their parts. */
export interface PutDefaults {
  readonly options: StoredJobOptions;
  /** A `beginAfter` in ms, which counts from each put. */
  readonly delay: number | undefined;
}

export interface QueueDefaults {
  /** They decide how a job ends, and hold for new jobs in its arguments too, such as parts. */
  readonly defaults: StoredJobOptions | undefined;
  readonly putDefaults: PutDefaults | undefined;
  /** Of jobs that belong to no other job and no run (J11). */
  readonly meta: JobMeta | undefined;
}

/**
 * @param of names the options in errors
 * @throws InvalidArgumentError, which names the option that is wrong
 */
export function toQueueDefaults(of: string, given: JobOptions | undefined): QueueDefaults {
  if (given === undefined) return { defaults: undefined, putDefaults: undefined, meta: undefined };
  if (typeof given !== 'object' || given === null)
    throw new InvalidArgumentError(`${of} must be an object of options of a job`);
  const { meta, beginAfter, ...stored } = toStoredOptions(given, 0, of);
  const isRelative = typeof given.beginAfter === 'number';
  const defaults: StoredJobOptions = {};
  const options: StoredJobOptions = isRelative || beginAfter === undefined ? {} : { beginAfter };
  for (const [name, value] of Object.entries(stored))
    Object.assign(FOR_ALL_JOBS.has(name) ? defaults : options, { [name]: value });
  const delay = isRelative ? beginAfter : undefined;
  const hasOptions = delay !== undefined || Object.keys(options).length > 0;
  return {
    defaults: Object.keys(defaults).length > 0 ? defaults : undefined,
    putDefaults: hasOptions ? { options, delay } : undefined,
    meta,
  };
}

/**
 * The options of a job that is put, completed by the defaults. Defaults about a key hold for jobs
 * that have one.
 * @param now milliseconds since 1970
 */
export function withPutDefaults(
  { options, delay }: PutDefaults,
  own: StoredJobOptions,
  now: number,
): StoredJobOptions {
  const { whenTaken, until, ...others } = options;
  const ofKey =
    own.key === undefined && others.key === undefined
      ? undefined
      : { ...(whenTaken !== undefined && { whenTaken }), ...(until !== undefined && { until }) };
  const beginAfter = delay === undefined ? undefined : delay === 0 ? 0 : Math.ceil(now + delay);
  return { ...others, ...ofKey, ...(beginAfter !== undefined && { beginAfter }), ...own };
}

/** The same for jobs whose time something else decides, such as a schedule. */
export function withoutTime(defaults: PutDefaults | undefined): PutDefaults | undefined {
  if (!defaults) return undefined;
  const { beginAfter: _, ...options } = defaults.options;
  return { options, delay: undefined };
}
