// The defaults of the queue that a job is being put into: they hold for the new jobs among its
// arguments too.
import type { StoredJobOptions } from '../model/job-options.js';
import { jobDefaults } from './process-defaults.js';
import { Scoped } from '../lib/scoped.js';

const scoped = new Scoped<StoredJobOptions | undefined>();

/**
 * The defaults of the queue, while `make` of `withPutDefaults` runs, before those of the process.
 */
export function putDefaults(): StoredJobOptions | undefined {
  const [ofQueue, ofProcess] = [scoped.innermost, jobDefaults()];
  return ofQueue && ofProcess ? { ...ofProcess, ...ofQueue } : (ofQueue ?? ofProcess);
}

/** Makes what is stored of a job, with these defaults. */
export function withPutDefaults<T>(defaults: StoredJobOptions | undefined, make: () => T): T {
  return scoped.during(defaults, make);
}
