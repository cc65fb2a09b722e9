// Reads the jobs of a queue, in all of its lanes.
import type { QueueActivity } from '../../model/reports/activity.js';
import type { Progress, QueueCounts } from '../../model/counts.js';
import type { JobDetails } from '../../model/reports/job-details.js';
import type { Parts, PartStates } from '../../model/reports/parts.js';
import type { UnroutableJobs } from '../../model/reports/unroutable-jobs.js';
import { MAIN_LANE } from '../../lib/names.js';
import type { StoredJob } from '../../model/records.js';
import type { LaneKeys } from './keys.js';
import { laneKeysOf, ownLaneKeysOf } from './put/lanes.js';
import { QueueAccess } from './queue-access.js';
import { readActivity } from './read/activity.js';
import { countJobs, countPending } from './read/count.js';
import { listJobs, lookingAt } from './read/list.js';
import type { ListFilter } from './read/list-filter.js';
import { readDetails } from './read/details.js';
import { countParts, lookAtParts, lookAtStates } from './read/progress.js';
import { findJob, readJob } from './read/read.js';
import { readUnroutable } from './read/unroutable.js';

export class QueueReader extends QueueAccess {
  async read(id: string, lane: string): Promise<StoredJob | undefined> {
    return await this.askWhereItIs(id, lane, async (keys) => {
      const job = await readJob(this.client, keys, id);
      return job && this.asFound(job, keys);
    });
  }

  /** Counts the jobs that a job waits for; undefined where it has not scheduled any. */
  async progress(id: string, lane: string): Promise<Progress | undefined> {
    return await this.askWhereItIs(id, lane, (keys) => countParts(this.client, keys, id));
  }

  /** The same, with some of these jobs. */
  async parts(id: string, lane: string, most: number): Promise<Parts | undefined> {
    return await this.askWhereItIs(id, lane, (keys) => lookAtParts(this.client, keys, id, most));
  }

  /** Some of these jobs, and what they do. */
  async partStates(
    id: string,
    lane: string,
    start: number,
    most: number,
  ): Promise<PartStates | undefined> {
    return await this.askWhereItIs(id, lane, (keys) =>
      lookAtStates(this.client, keys, id, start, most),
    );
  }

  /** The fields of a job's record that its handle does not have. */
  async details(id: string): Promise<JobDetails | undefined> {
    return await this.use(({ client, keys }) => readDetails(client, keys, id));
  }

  /** Finds a job in whichever lane it is. */
  async find(id: string): Promise<StoredJob | undefined> {
    return await this.use(({ client, keys }) => findJob(client, keys, id));
  }

  /** The number of pending jobs; those of the system lane count, or not. */
  async length(withSystem = true): Promise<number> {
    return await this.ask(async () => countPending(this.client, await this.#lanes(withSystem)));
  }

  /** The number of jobs of the queue, and of each lane, by what they do. */
  async counts(): Promise<QueueCounts> {
    return await this.ask(async () => countJobs(this.client, await this.#lanes(true)));
  }

  /** What has ended within so many ms, and what has been due the longest. */
  async activity(within: number): Promise<QueueActivity> {
    return await this.ask(async () => readActivity(this.client, await this.#lanes(true), within));
  }

  /** The jobs that processes could not run, by what they need (B1). */
  async unroutable(): Promise<UnroutableJobs[]> {
    return await this.ask(async () => readUnroutable(this.client, await this.#lanes(true)));
  }

  /**
   * The jobs from position `start` on, up to `count`, of one lane or of all, lane after lane. The
   * system lane is the first one (I8), or is left out. `mostRead`: so many jobs are looked at.
   */
  async list(
    filter: ListFilter,
    start: number,
    count: number,
    {
      lane,
      withSystem = true,
      mostRead = Infinity,
    }: { lane?: string | undefined; withSystem?: boolean; mostRead?: number },
  ): Promise<StoredJob[]> {
    return await this.ask(async () => {
      const lanes = lane === undefined ? await this.#lanes(withSystem) : [this.keysOf(lane)];
      const how = lookingAt(mostRead);
      return [...(await listJobs(this.client, lanes, filter, start, count, how)).values()];
    });
  }

  /** Names the queue of a job where it is another one than this. */
  protected asFound(job: StoredJob, { queue }: LaneKeys): StoredJob {
    return queue === this.queue ? job : { ...job, queue };
  }

  async #lanes(withSystem: boolean): Promise<LaneKeys[]> {
    const main = this.keysOf(MAIN_LANE);
    return await (withSystem ? laneKeysOf : ownLaneKeysOf)(this.client, main);
  }
}
