// The defaults of a process, for the jobs that it makes, in its tasks too, and for the callbacks
// that it adds (R1, J7).
import { InvalidArgumentError } from '../errors.js';
import { toStoredDefaults, type JobDefaults, type StoredJobOptions } from '../model/job-options.js';
import { refuseUnknownOptions } from '../lib/unknown-options.js';

/** Used where the job, its task and its queue leave an option open. */
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

/** The options of a callback without options of its own. */
const OF_CALLBACKS: StoredJobOptions = {
  retryPolicy: 'RetryCommonForever',
  failureLogLevel: 'fatal',
};
const KNOWN = new Set(['jobs', 'callbacks']);

let ofJobs: StoredJobOptions | undefined;
let ofCallbacks = OF_CALLBACKS;

/**
 * Sets the defaults of this process, in place of earlier ones; `{}` removes them. Call it when the
 * process starts. A worker thread has its own defaults: set them in a module of `taskModules`.
 * @throws InvalidArgumentError, which names the wrong option
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
