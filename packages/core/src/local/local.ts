// What a running task can ask about itself, and what it can write down while it goes on: `local`.
import { severalVersions } from '../lib/copies.js';
import { NoLocalJobError } from '../errors.js';
import type { Job } from '../job/job.js';
import {
  getLiveAnnotation,
  setLiveAnnotation,
  type LiveAnnotationOptions,
} from './live-annotations.js';
import { once } from './once.js';
import type { Queue } from '../queue/queue.js';
import type { LocalDispatcher } from '../job/run-context.js';
import { currentLocal, type LocalContext } from './local-context.js';

function current(): LocalContext {
  const context = currentLocal();
  if (!context)
    throw new NoLocalJobError(`\`local\` serves inside a running task only${severalVersions()}`);
  return context;
}

/** The running job's view of itself. Every member throws NoLocalJobError outside a running task. */
export const local = {
  /** The job that runs. */
  getJob: (): Job => current().job,
  /** The queue that it was put into. */
  getQueue: (): Queue => current().queue,
  /** The dispatcher that runs it. */
  getDispatcher: (): LocalDispatcher => current().dispatcher,
  /** Aborted when the job is to stop: its dispatcher deactivates (D6), or has lost the job (I5). */
  get signal(): AbortSignal {
    return current().signal;
  },
  /**
   * The fencing token: rises with each claim of this job, so that an external store can refuse an
   * older one (I5).
   */
  get fence(): number {
    return current().fence;
  },
  /**
   * Calls `fn` until it has succeeded, and never again for this job and key, across interrupts and
   * retries (O5): its result is stored, and given to later calls. What it puts is stored with its
   * result. A process that dies after `fn` has done its work, and before that is stored, lets the
   * next run call it again: what it does outside should bear that, by `local.fence` or a key. Calls
   * of the same key at the same time share one.
   * @returns the result of `fn`, which must be a value that can be stored (J4)
   * @throws what `fn` throws, and nothing is stored; ReassignedError where the job was taken away
   *   (I5); SerializationError.
   */
  once: async <T>(key: string, fn: () => T | Promise<T>): Promise<T> =>
    await once(current(), key, fn),
  /**
   * Writes a value down on the job at once, for others to see (`job.annotations`,
   * `getLiveAnnotation`), whatever becomes of the run.
   * @throws ReassignedError where the job was taken away (I5); SerializationError.
   */
  setLiveAnnotation: async (name: string, value: unknown): Promise<void> =>
    await setLiveAnnotation(current(), name, value),
  /**
   * Reads an annotation of this job, or of another, as it is now; waits for it where there is none.
   * It is told by Redis.
   * @returns the value; `default` where it is not there in time
   * @throws the reason of `local.signal`, where the job is to stop meanwhile; BadStatusError where
   *   it waits for that of a job that is removed, or will never come.
   */
  getLiveAnnotation: async (name: string, options?: LiveAnnotationOptions): Promise<unknown> =>
    await getLiveAnnotation(current(), name, options),
};
