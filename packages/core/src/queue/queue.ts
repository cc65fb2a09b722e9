// A queue: producers put jobs into it, look for them, and remove them.
import type { Job } from '../job/job.js';
import type { Task } from '../task/task-types.js';
import { queueNames } from '../store/bullmq/put/lanes.js';
import { OperatedQueue } from './operated-queue.js';
import { pullJob } from './operate/pull-job.js';
import { putJobs } from './put-job.js';
import {
  type PutJob,
  type PutOptions,
  type QueueOptions,
  type SharedConnection,
} from './queue-options.js';
import { removeJob } from './operate/remove-job.js';

export class Queue extends OperatedQueue {
  /**
   * The names of all queues under a prefix, sorted: those that a producer has put a job into, that
   * a task has put a job into, or that a dispatcher has served, until `obliterate` removes them. It
   * reads one set.
   * @param options a queue, on whose connection it is read; or `connection` and `prefix`, and what
   *   to do while Redis is away, as of a queue, for a connection of its own
   * @throws InvalidArgumentError for a bad option; UnavailableError where Redis is away too long
   */
  static async names(
    options:
      | Queue
      | Pick<
          QueueOptions,
          'connection' | 'prefix' | 'onError' | 'whenUnavailable' | 'unavailableTimeout'
        > = {},
  ): Promise<string[]> {
    if (options instanceof Queue) return await options.openParts().store.use(queueNames);
    const queue = new Queue('any', options);
    try {
      return await queue.openParts().store.use(queueNames);
    } finally {
      await queue.close();
    }
  }

  /**
   * Another queue under the same prefix, on the connection of this one: for a process that looks at
   * many queues. It ends with this one, and its own `close` does nothing. The same name gives the
   * same object. It has the options of this one, without `defaultJobOptions`.
   * @throws InvalidArgumentError for a bad name; BadStatusError after `close`
   */
  sibling(name: string): Queue {
    this.openParts();
    return name === this.name ? this : (this.neighbour(name) as Queue);
  }

  /**
   * Puts a new job, which is pending from then on (Q1). A task without arguments stands for a job
   * of it. A put is repeated safely after a lost reply. Inside a running task the job is part of
   * the run: it stays new until the run commits (J6, see `immediate`).
   *
   * With a `key` that another job has, no job is stored, and the job that was given stays new (Q8).
   * The handle is that of the job that has the key, which may be of another task: `wasThere` is
   * true then. `whenTaken` and `until` say more. Inside a running task the key is looked at when
   * the run commits: where it is taken then, the job is stored all the same, does not run, and gets
   * the result of the job that has the key.
   * @returns the job
   * @throws BadStatusError if it was put before, or the task that puts it has ended, or another job
   *   has its key and `whenTaken` is 'refuse';
   *   SerializationError for arguments that cannot be stored; DataTooLargeError for arguments over
   *   `maxDataBytes`; InvalidArgumentError for a value that is no job, or a bad option;
   *   UnknownQuotaError; UnavailableError where Redis is away for too long (see `whenUnavailable`,
   *   which holds for all calls); UnsupportedError where Redis refuses the connection, such as its
   *   password
   */
  async put<J extends Job<unknown, []>>(job: J, options?: PutOptions): Promise<J>;
  async put<R>(task: Task<[], R>, options?: PutOptions): Promise<Job<R>>;
  async put(what: Job | Task<[]>, options: PutOptions = {}): Promise<Job> {
    const [job] = await this.putAll([what], options);
    return job as Job;
  }

  /**
   * Puts new jobs in that order, in one round trip per thousand, or per 250 where some have a key,
   * a quota or a rate limit. Each round trip stores all of its jobs or none.
   */
  async putAll<P extends Job<unknown, []> | Task<[], unknown>>(
    what: readonly P[],
    options: PutOptions = {},
  ): Promise<PutJob<P>[]> {
    return (await putJobs(this.openParts(), what, options)) as PutJob<P>[];
  }

  /**
   * Removes the pending job at that position, in the order of `jobs` without handleInterrupt jobs,
   * and returns it (Q3).
   * @param index from 0; below 0 it counts from the end: -1 is the last one
   * @returns the job, which can be put again (Q1); undefined where the queue is shorter
   */
  async pull(index = 0): Promise<Job | undefined> {
    const { store, gateway } = this.openParts();
    return await pullJob(store, gateway, index);
  }

  /**
   * Removes a pending job with its whole record, and with the parts of a composite (Q3). Jobs that
   * wait for it, such as its composite, go on: for them it has failed with a RemovedError.
   * @throws BadStatusError where it is not pending: nothing is changed
   */
  async remove(job: Job | string): Promise<void> {
    await removeJob(this.openParts(), job, (id) => this.get(id));
  }

  protected override sharing(name: string, options: QueueOptions, shared: SharedConnection): Queue {
    return new Queue(name, options, shared);
  }
}
