// The calls of an operator on a whole queue: to stop it, let it go on, and empty it.
import { BadStatusError, InvalidArgumentError } from '../errors.js';
import { drainLanes } from '../store/bullmq/operate/drain.js';
import { obliterateQueue } from '../store/bullmq/operate/obliterate.js';
import { arePaused, pauseLanes, resumeLanes } from '../store/bullmq/operate/pause.js';
import type { ListOptions } from './list-options.js';
import {
  cancelAll,
  removeAll,
  retryAll,
  type ChangeAllOptions,
  type ChangedJobs,
} from './operate/change-all.js';
import { checkStop, type StopOptions } from './operate/stop-options.js';
import { ReadableQueue } from './readable-queue.js';

export abstract class OperatedQueue extends ReadableQueue {
  /**
   * Pauses all lanes of the queue, also those that it gets later, until `resume`, from any process
   * (O2): no job begins. Runs that have begun go on, and their results are stored. A serial whose
   * steps are packed stops after the step that runs. Puts, cancels, removals and retries work, and
   * times go on (`beginBy`). Recovery goes on: interrupted jobs are decided, and wait for `resume`.
   * Inside a task it takes effect at once. A second call changes nothing.
   * @throws UnavailableError where Redis is away for too long
   */
  async pause(): Promise<void> {
    await this.openParts().store.use(pauseLanes);
  }

  /**
   * Lets all lanes of the queue go on, also where a BullMQ tool has paused them (O2). Without a
   * pause it changes nothing.
   * @throws UnavailableError where Redis is away for too long
   */
  async resume(): Promise<void> {
    await this.openParts().store.use(resumeLanes);
  }

  /**
   * Whether all lanes of the queue are paused, by `pause` or by a BullMQ tool. Recovery's lane
   * never is.
   * @throws UnavailableError where Redis is away for too long
   */
  async isPaused(): Promise<boolean> {
    return await this.openParts().store.use(arePaused);
  }

  /**
   * Removes the pending jobs of the queue, due or not, that were put before the call (Q11). What
   * waits for a removed job goes on: for it the job has failed with a RemovedError. So a composite
   * that has begun loses its pending parts, and ends with its postprocess. Jobs that have begun
   * stay, with their callbacks and postprocesses, and so do dead letters and recovery's own jobs.
   * It works in short steps, and can be repeated.
   * @param options `signal`: when it is aborted, the call ends after the step under way
   * @returns the number of removed jobs, also where `signal` was aborted
   * @throws UnavailableError where Redis is away for too long: a part may be done
   */
  async drain(options: StopOptions = {}): Promise<number> {
    const { store } = this.openParts();
    return await drainLanes(store.use, checkStop('drain', options));
  }

  /**
   * Removes all of the queue (Q11): its jobs in any status, with their results, its lanes, limits,
   * schedules and settings. The queue is paused meanwhile. A running job is told to stop
   * (`local.signal`), and no later write of its run is accepted. Jobs of other queues that wait for
   * a job of this one go on: for them it has failed with a RemovedError. Dispatchers of the queue
   * go on with what is put afterwards. It works in short steps, and can be repeated.
   * @param options `force`: default false: jobs that have begun and have not ended are not removed.
   *   `signal`: when it is aborted, the call ends after the step under way
   * @returns the number of removed jobs, also where `signal` was aborted
   * @throws BadStatusError without `force` where a job has begun and has not ended: nothing is
   *   removed; UnavailableError where Redis is away for too long: a part may be done, and the queue
   *   may be paused
   */
  async obliterate(options: StopOptions & { force?: boolean } = {}): Promise<number> {
    const { store, name } = this.openParts();
    const mayGoOn = checkStop('obliterate', options, ['force']);
    const { force = false } = options;
    if (typeof force !== 'boolean') throw new InvalidArgumentError('force must be true or false');
    const done = await obliterateQueue(store.use, force, mayGoOn);
    if ('removed' in done) return done.removed;
    throw new BadStatusError(
      `the queue ${name} has jobs that have begun and have not ended (${done.begun}): wait for ` +
        'them, cancel them, or give { force: true }',
    );
  }

  /**
   * Lets all failed jobs that pass the filter run again, as `job.retry()` does (Q11, O3). A failed
   * part runs again with its composite, where that failed too.
   * @param filter as of `jobs`, of all positions by default. Default: completed jobs that failed
   * @param options `dryRun`: only counts. `signal`: when it is aborted, the call ends after the
   *   jobs under way
   * @returns `matched`: how many jobs passed the filter; `done`: how many of them run again. A job
   *   that has changed meanwhile is skipped
   * @throws InvalidArgumentError for a bad filter or option; UnavailableError where Redis is away
   *   for too long: a part may be done
   */
  async retryAll(filter: ListOptions = {}, options: ChangeAllOptions = {}): Promise<ChangedJobs> {
    return await retryAll(this.openParts(), filter, options);
  }

  /**
   * Cancels all jobs that pass the filter, with their parts, as `job.cancel()` does (Q11, O1).
   * @param filter as of `jobs`, of all positions by default. Default: pending and active jobs
   * @param options as of `retryAll`; `reason`: the message of their CancelledError
   * @returns `matched`: how many jobs passed the filter; `done`: how many of them are cancelled. A
   *   job that has its result meanwhile is skipped
   * @throws as `retryAll`
   */
  async cancelAll(
    filter: ListOptions = {},
    options: ChangeAllOptions & { reason?: string | undefined } = {},
  ): Promise<ChangedJobs> {
    return await cancelAll(this.openParts(), filter, options);
  }

  /**
   * Removes all jobs that pass the filter (Q11): pending ones as `remove` does, and completed ones
   * that are no part of a stored job, with their parts. Jobs of any other status are skipped.
   * @param filter as of `jobs`, of all positions by default. Default: pending jobs
   * @param options as of `retryAll`
   * @returns `matched`: how many jobs passed the filter; `done`: how many of them are removed
   * @throws as `retryAll`
   */
  async removeAll(filter: ListOptions = {}, options: ChangeAllOptions = {}): Promise<ChangedJobs> {
    return await removeAll(this.openParts(), filter, options);
  }
}
