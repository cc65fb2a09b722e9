// `local`: the questions of a running task about itself, and its writes before the commit.
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
  /** Aborted when the job must stop: its dispatcher deactivates (D6), or has lost the job (I5). */
  get signal(): AbortSignal {
    return current().signal;
  },
  /**
   * The fence. It rises with each claim of this job: an external store can refuse an older one
   * (I5).
   */
  get fence(): number {
    return current().fence;
  },
  /**
   * Which run of the job this is, from 1: a run that ended in an error, a timeout or an interrupt
   * counts, and a claim that was given back before the run began does not (J11). `job.retry` does
   * not begin anew.
   */
  get attempt(): number {
    return current().attempt;
  },
  /**
   * Calls `fn` until it has succeeded once for this job and key, across interrupts and retries
   * (O5). The result is stored with the puts of `fn`, and later calls return it. A process that
   * dies after the work of `fn` and before that write lets the next run call `fn` again: effects
   * elsewhere must bear a repetition, by `local.fence` or a key. Parallel calls of one key share
   * one call.
   * @returns the result of `fn`, which must be a value that can be stored (J4)
   * @throws the error of `fn`, and nothing is stored; ReassignedError where the job was taken away
   *   (I5); SerializationError
   */
  once: async <T>(key: string, fn: () => T | Promise<T>): Promise<T> =>
    await once(current(), key, fn),
  /**
   * Writes an annotation on the job at once, whatever the outcome of the run. Others read it with
   * `job.annotations` and `getLiveAnnotation`.
   * @throws ReassignedError where the job was taken away (I5); SerializationError
   */
  setLiveAnnotation: async (name: string, value: unknown): Promise<void> =>
    await setLiveAnnotation(current(), name, value),
  /**
   * Reads an annotation of this job, or of another, as it is now. With `timeout` it waits for one;
   * Redis announces it.
   * @returns the value; `default` where there is none in time
   * @throws the reason of `local.signal`, where the job must stop meanwhile; BadStatusError where
   *   the other job is removed, or can never come
   */
  getLiveAnnotation: async (name: string, options?: LiveAnnotationOptions): Promise<unknown> =>
    await getLiveAnnotation(current(), name, options),
};
