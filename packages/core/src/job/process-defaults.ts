// Defaults of a process: for all jobs that it makes, also in its tasks, and for the callbacks that
// it adds (R1, J7).
import { InvalidArgumentError } from '../errors.js';
import { toStoredDefaults, type JobDefaults, type StoredJobOptions } from '../model/job-options.js';
import { refuseUnknownOptions } from '../lib/unknown-options.js';

/** Each holds where neither the job, nor its task, nor its queue says something else. */
export interface ProcessDefaults {
  /**
   * For the jobs that this process puts, or that its tasks put, return or wait for, such as the
   * parts of a composite. Default: none, which is `RetryCommonFourTimes` and `error`.
   */
  jobs?: JobDefaults;
  /**
   * For the callbacks that this process adds. Default: `RetryCommonForever` and `fatal`, each for
   * itself.
   */
  callbacks?: JobDefaults;
}

/** What holds for a callback of which nothing else is said. */
const OF_CALLBACKS: StoredJobOptions = {
  retryPolicy: 'RetryCommonForever',
  failureLogLevel: 'fatal',
};
const KNOWN = new Set(['jobs', 'callbacks']);

let ofJobs: StoredJobOptions | undefined;
let ofCallbacks = OF_CALLBACKS;

/**
 * Sets the defaults of this process, in place of those that were set before: `{}` for none. To be
 * called when the process starts; a worker thread has its own, which a module of `taskModules`
 * sets.
 * @throws InvalidArgumentError, which names the option that is wrong
 */
export function setProcessDefaults(defaults: ProcessDefaults): void {
  if (typeof defaults !== 'object' || defaults === null)
    throw new InvalidArgumentError('setProcessDefaults takes an object: { jobs, callbacks }');
  refuseUnknownOptions('setProcessDefaults', defaults, KNOWN);
  const { jobs, callbacks } = defaults;
  const forJobs = jobs && toStoredDefaults('jobs of setProcessDefaults', jobs);
  const forCallbacks = callbacks && toStoredDefaults('callbacks of setProcessDefaults', callbacks);
  ofJobs = forJobs;
  ofCallbacks = { ...OF_CALLBACKS, ...forCallbacks };
}

/** Undefined where there are none. */
export function jobDefaults(): StoredJobOptions | undefined {
  return ofJobs;
}

export function callbackDefaults(): StoredJobOptions {
  return ofCallbacks;
}
