// A queue to look into: its jobs by id and in lists, their numbers, and its dead letters.
import { checkKey } from '../model/key-options.js';
import { checkId, refuseOddId } from '../lib/names.js';
import type { Job } from '../job/job.js';
import { jobFromStored } from '../task/revive.js';
import type { QueueActivity } from '../model/reports/activity.js';
import type { QueueCounts } from '../model/counts.js';
import type { JobDetails } from '../model/reports/job-details.js';
import type { UnroutableJobs } from '../model/reports/unroutable-jobs.js';
import { checkMs, LONGEST_TIME } from '../lib/timeout.js';
import { checkOptions } from '../lib/unknown-options.js';
import type { Explanation } from '../model/explanation.js';
import { DeadLetters } from './dead-letters.js';
import { findByKey } from './keyed-jobs.js';
import { toBoundedListing, type BoundedListOptions } from './list-options.js';
import { explainAny } from './explain/explain-any.js';
import { OpenQueue } from './open-queue.js';

export abstract class ReadableQueue extends OpenQueue {
  /**
   * The job with that id, in any status; undefined where there is none.
   * @throws InvalidArgumentError where `id` is not the id of a job, such as a part of one
   */
  async get(id: string): Promise<Job | undefined> {
    const { store, gateway } = this.openParts();
    checkId(id);
    const stored = await store.find(id);
    if (!stored) refuseOddId(id);
    return stored && jobFromStored(stored, gateway);
  }

  /**
   * The fields of a job's record that its handle does not have: its arguments and its value as
   * JSON, also where this process cannot read them, its fence, the record of its retry policy, and
   * the results of `local.once`. For operators: a program reads the handle. Undefined where there
   * is no such job.
   * @throws InvalidArgumentError where `id` is not the id of a job
   */
  async details(id: string): Promise<JobDetails | undefined> {
    checkId(id);
    return await this.openParts().store.details(id);
  }

  /**
   * The job that has a key of the queue now (Q8), in whichever lane; of two, the one that runs and
   * not the one that waits for its end. Undefined where the key is free.
   * @throws InvalidArgumentError where `key` is no key
   */
  async byKey(key: string): Promise<Job | undefined> {
    const { store, gateway } = this.openParts();
    checkKey(key);
    const stored = await findByKey(store, key);
    return stored && jobFromStored(stored, gateway);
  }

  /**
   * Says why a job is not done (O4), as data and as a sentence: where it is in whatever status, who
   * holds it, what it waits for, and what to do. It reads the job and its dispatchers in two or
   * three round trips, whatever number of jobs there are. It changes nothing.
   * @param job a handle, of this queue or another one; or the id of a job of this queue
   * @returns `reason` is the code, and decides which other facts there are; `sentence` and `advice`
   *   are for people. docs/guides/explain.md has the table of all reasons
   * @throws InvalidArgumentError where `job` is neither a job nor the id of one; UnavailableError
   *   where Redis is away for too long
   */
  async explain(job: Job | string): Promise<Explanation> {
    return await explainAny(this.openParts(), job);
  }

  /** How many jobs are pending, due or not; handleInterrupt jobs count (I8). */
  async length(): Promise<number> {
    return await this.openParts().store.length();
  }

  /**
   * How many jobs there are, by what they do, in the queue and in each of its lanes. Each lane is
   * counted at one moment. It costs a few ms of Redis for each lane, however many jobs there are:
   * jobs are not read one by one, except a thousand at the head of a lane and the claimed ones. So
   * a woken job, such as a composite whose parts have ended, counts as due where a thousand jobs
   * stand before it. Later parts of a `serial`, and callbacks whose turn has not come, are new and
   * not counted.
   * @returns numbers, by the names of `QueueCounts`
   */
  async counts(): Promise<QueueCounts> {
    return await this.openParts().store.counts();
  }

  /**
   * How many jobs have ended lately, and since when the job is due that waits the longest for an
   * agent, in the queue and in each of its lanes. It costs a few ms of Redis for each lane, however
   * many jobs there are.
   * @param options `within`: ms before now, by Redis's clock. Default: 60,000
   * @throws InvalidArgumentError for a bad `within`
   */
  async activity(options: { within?: number } = {}): Promise<QueueActivity> {
    checkOptions('activity', options, ['within']);
    const { within = 60_000 } = options;
    checkMs('within', within);
    return await this.openParts().store.activity(Math.min(within, LONGEST_TIME));
  }

  /**
   * The jobs that a process has claimed and could not run, since it does not know their task,
   * their retry policy or a codec (B1): lane by lane, by what they need. They wait for a process
   * that knows it. It looks at a thousand of each lane.
   */
  async unroutable(): Promise<UnroutableJobs[]> {
    return await this.openParts().store.unroutable();
  }

  /**
   * Lists jobs: handleInterrupt jobs first (I8), then the lane `main`, then the other lanes by
   * name. Within a lane jobs stand in the order in which they run; completed jobs newest first.
   * By `status`, `lane`, and the times of completed jobs, a page costs the same wherever it is and
   * however many jobs there are. Active jobs alone are an exception: delayed jobs, and those that
   * wait for a quota, are looked at for some that have begun; a job whose parts have ended may be
   * left out where a thousand jobs that have not begun stand before it. With another filter each
   * job before the end of the page is looked at, in steps of a thousand at most, which hold up
   * Redis for a few ms each. `text` reads the arguments of all these jobs in Redis.
   * With `mostRead` the list ends before that.
   * @throws InvalidArgumentError, which names the wrong option
   */
  async jobs(options: BoundedListOptions = {}): Promise<Job[]> {
    const { store, gateway } = this.openParts();
    const { filter, start, count, lane, mostRead } = toBoundedListing(options);
    const stored = await store.list(filter, start, count, { lane, mostRead });
    return stored.map((job) => jobFromStored(job, gateway));
  }

  /** The dead letters of the queue: records that are damaged, or not Drover's (B1). */
  deadLetters(): DeadLetters {
    return new DeadLetters(this.name, this.openParts().store.use);
  }
}
