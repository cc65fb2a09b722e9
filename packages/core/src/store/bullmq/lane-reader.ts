// Reads the jobs of one lane for dispatchers.
import type { RedisClient } from '../../redis/connection.js';
import type { StoredJob } from '../../model/records.js';
import type { PolicyData } from '../../model/retry/policy.js';
import { isObject, parsed } from './record-checks.js';
import type { LaneKeys } from './keys.js';
import { readBeginDeadline } from './put/deadlines.js';
import { readJob, readJoined } from './read/read.js';

export class LaneReader {
  constructor(
    protected readonly client: RedisClient,
    readonly keys: LaneKeys,
  ) {}

  async read(jobId: string): Promise<StoredJob | undefined> {
    return await readJob(this.client, this.keys, jobId);
  }

  /**
   * The dependencies of a job of this lane, by their names: with their results alone, or with all
   * that their handles show.
   */
  async readJoined(
    names: readonly string[],
    what: 'results' | 'handles',
  ): Promise<(StoredJob | undefined)[]> {
    return await readJoined(this.client, this.keys, names, what);
  }

  /** Whether one of these jobs, by name, is among the dependencies of a job. */
  async waitsFor(jobId: string, names: readonly string[]): Promise<boolean> {
    const jobKeys = names.map((name) => this.keys.named(name)).map(({ id, keys }) => keys.job(id));
    const found = await this.client.smismember(`${this.keys.job(jobId)}:dependencies`, ...jobKeys);
    return found.includes(1);
  }

  /** By when a job must have begun (Q2), in ms since 1970; undefined: there is no limit. */
  async beginDeadline(jobId: string): Promise<number | undefined> {
    return await readBeginDeadline(this.client, this.keys, jobId);
  }

  /** The token that holds a job now. */
  async holder(jobId: string): Promise<string | undefined> {
    return (await this.client.get(this.keys.lock(jobId))) ?? undefined;
  }

  /** The owner of a waiting job: `<uuid>:<epoch>`, or the id of an interrupt. */
  async waitingOwner(jobId: string): Promise<string | undefined> {
    return (await this.client.hget(this.keys.job(jobId), 'waitingOwner')) ?? undefined;
  }

  /** The number of chunks of a job's children that are stored. */
  async scheduledChunks(jobId: string): Promise<number> {
    return Number((await this.client.hget(this.keys.job(jobId), 'scheduledChunks')) ?? 0);
  }

  /** The data that the retry policy keeps on a job. @throws DamagedRecord */
  async policyData(jobId: string): Promise<PolicyData> {
    const json = await this.client.hget(this.keys.job(jobId), 'policyData');
    return parsed('policyData', json ?? undefined, isObject<PolicyData>) ?? {};
  }
}
