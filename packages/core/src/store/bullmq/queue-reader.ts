// Reads the jobs of a queue, in all of its lanes.
import type { Progress, QueueCounts } from '../../model/counts.js';
import { MAIN_LANE } from '../../lib/names.js';
import type { StoredJob } from '../../model/records.js';
import type { LaneKeys } from './keys.js';
import { laneKeysOf, ownLaneKeysOf } from './put/lanes.js';
import { QueueAccess } from './queue-access.js';
import { countJobs, countPending } from './read/count.js';
import { listJobs } from './read/list.js';
import type { ListFilter } from './read/list-filter.js';
import { countParts } from './read/progress.js';
import { findJob, readJob } from './read/read.js';

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

  /**
   * The jobs from position `start` on, up to `count`, of one lane or of all, lane after lane. The
   * system lane is the first one (I8), or is left out.
   */
  async list(
    filter: ListFilter,
    start: number,
    count: number,
    { lane, withSystem = true }: { lane?: string | undefined; withSystem?: boolean },
  ): Promise<StoredJob[]> {
    return await this.ask(async () => {
      const lanes = lane === undefined ? await this.#lanes(withSystem) : [this.keysOf(lane)];
      return await listJobs(this.client, lanes, filter, start, count);
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
