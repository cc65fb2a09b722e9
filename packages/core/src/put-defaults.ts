// The defaults of the queue that a job is being put into: they hold for the new jobs among its arguments too.
import type { StoredJobOptions } from './job-options.js';

let current: StoredJobOptions | undefined;

/** The defaults, while `make` of `withPutDefaults` runs. */
export function putDefaults(): StoredJobOptions | undefined {
  return current;
}

/** Makes what is stored of a job, with these defaults. */
export function withPutDefaults<T>(defaults: StoredJobOptions | undefined, make: () => T): T {
  // A codec of the user's, or a getter, may put another job meanwhile.
  const before = current;
  current = defaults;
  try {
    return make();
  } finally {
    current = before;
  }
}
