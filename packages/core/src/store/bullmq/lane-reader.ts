// Reads the jobs of one lane for dispatchers.
import type { RedisClient } from '../../redis/connection.js';
import type { StoredJob } from '../../model/records.js';
import type { PolicyData } from '../../model/retry/policy.js';
import type { LocatedJob } from '../../model/stores.js';
import { isObject, parsed } from './record-checks.js';
import type { LaneKeys } from './keys.js';
import { readBeginDeadline } from './put/deadlines.js';
import { readJob, readJoined } from './read/read.js';
import { runScript } from './scripts/run-script.js';
import { typed } from './scripts/store-errors.js';

export class LaneReader {
  constructor(
    protected readonly client: RedisClient,
    readonly keys: LaneKeys,
  ) {}

  get queue(): string {
    return this.keys.queue;
  }

  get lane(): string {
    return this.keys.lane;
  }

  read(jobId: string): Promise<StoredJob | undefined> {
    return typed(() => readJob(this.client, this.keys, jobId));
  }

  readJoined(
    names: readonly string[],
    what: 'results' | 'handles',
  ): Promise<(StoredJob | undefined)[]> {
    return typed(() => readJoined(this.client, this.keys, names, what));
  }

  async waitsFor(jobId: string, names: readonly string[]): Promise<boolean> {
    const jobKeys = names.map((name) => this.keys.named(name)).map(({ id, keys }) => keys.job(id));
    const dependencies = `${this.keys.job(jobId)}:dependencies`;
    const found = await typed(() => this.client.smismember(dependencies, ...jobKeys));
    return found.includes(1);
  }

  beginDeadline(jobId: string): Promise<number | undefined> {
    return typed(() => readBeginDeadline(this.client, this.keys, jobId));
  }

  async holder(jobId: string): Promise<string | undefined> {
    const { keys } = this;
    const read = () => runScript(this.client, 'holder', [keys.lock(jobId)], [keys.base, jobId]);
    return ((await typed(read)) as string | null) ?? undefined;
  }

  waitingOwner(jobId: string): Promise<string | undefined> {
    return this.#field(jobId, 'waitingOwner');
  }

  async scheduledChunks(jobId: string): Promise<number> {
    return Number((await this.#field(jobId, 'scheduledChunks')) ?? 0);
  }

  async policyData(jobId: string): Promise<PolicyData> {
    const json = await this.#field(jobId, 'policyData');
    return parsed('policyData', json, isObject<PolicyData>) ?? {};
  }

  nameOf({ id, lane }: { id: string; lane: string }): string {
    return this.keys.nameOf(id, this.keys.sibling(lane));
  }

  named(name: string): LocatedJob {
    const { id, keys } = this.keys.named(name);
    return { id, queue: keys.queue, lane: keys.lane };
  }

  async #field(jobId: string, field: string): Promise<string | undefined> {
    return (await typed(() => this.client.hget(this.keys.job(jobId), field))) ?? undefined;
  }
}
