// The quotas of a queue: limits on how many of its jobs run at a time, over all dispatchers (Q5).
import { BadStatusError, InvalidArgumentError, UnknownQuotaError } from '../errors.js';
import { checkName } from '../lib/names.js';
import type { UseStore } from '../store/bullmq/queue-access.js';
import { countNaming, readQuotas, setQuota, type StoredQuota } from '../store/bullmq/run/quotas.js';
import { describeValue } from '../lib/describe-value.js';

/**
 * A quota: its name, its size, the ids of the jobs that hold a slot, and the number of waiting
 * jobs.
 */
export type Quota = StoredQuota;

export class Quotas {
  /** Made by the queue. */
  constructor(
    private readonly queue: string,
    private readonly use: UseStore,
  ) {}

  /**
   * Makes a quota. A second call with the same size changes nothing.
   * @param size the number of jobs that may hold it at a time, from 0. Default: 1
   * @throws InvalidArgumentError for a bad name or size; BadStatusError where it exists with
   *   another size
   */
  async create(name: string, size = 1): Promise<void> {
    if ((await this.#set('create', name, size)) === 'done') return;
    throw new BadStatusError(
      `the queue ${this.queue} has a quota ${describeValue(name)} of another size: resize it`,
    );
  }

  /**
   * Changes the size, also while jobs wait. A larger quota starts waiting jobs at once. With a
   * smaller one the running jobs finish, and no other job starts until a slot is free.
   * @param size the number of jobs that may hold it at a time, from 0
   * @throws InvalidArgumentError for a bad size; UnknownQuotaError
   */
  async resize(name: string, size: number): Promise<void> {
    if ((await this.#set('resize', name, size)) !== 'done') throw this.#unknown(name);
  }

  /**
   * Removes a quota that no job holds or names. A part whose composite has not begun is not seen:
   * it will fail with an UnknownQuotaError.
   * @throws UnknownQuotaError; BadStatusError, with the numbers, while jobs hold it or pending jobs
   *   name it
   */
  async remove(name: string): Promise<void> {
    checkName('quota', name);
    const naming = await this.use(({ client, keys }) => countNaming(client, keys, name));
    const change = await this.#set('remove', name, naming);
    if (change === 'done') return;
    if (change === 'refused') throw this.#unknown(name);
    const { holders, pending } = change;
    throw new BadStatusError(
      `the quota ${describeValue(name)} of ${this.queue} is in use (jobs that hold it: ${holders}, pending jobs that name it: ${pending}). ` +
        'Remove, cancel or await these first, or let none start: resize it to 0',
    );
  }

  /** One quota; undefined where there is none of that name. */
  async get(name: string): Promise<Quota | undefined> {
    checkName('quota', name);
    return (await this.use(({ client, keys }) => readQuotas(client, keys, name)))[0];
  }

  /** All quotas of the queue, by name. */
  async list(): Promise<Quota[]> {
    return await this.use(({ client, keys }) => readQuotas(client, keys));
  }

  /**
   * Checks names before a put. The names are not cached: Redis may have lost a quota in a restart
   * or failover, and a job that names it would fail when it is claimed.
   * @throws UnknownQuotaError for a quota that the queue does not have
   */
  async check(names: Iterable<string>): Promise<void> {
    const all = [...new Set(names)];
    const sizes = await this.use(({ client, keys }) => client.hmget(keys.quotas, ...all));
    const missing = all.find((_, i) => sizes[i] === null);
    if (missing !== undefined) throw this.#unknown(missing);
  }

  async #set(step: 'create' | 'resize' | 'remove', name: string, size: number) {
    checkName('quota', name);
    if (!Number.isInteger(size) || size < 0) {
      throw new InvalidArgumentError(
        `the size of the quota ${describeValue(name)} must be a whole number, from 0`,
      );
    }
    return await this.use(async ({ client, keys }, isRepeated) => {
      const change = await setQuota(client, keys, name, step, size);
      // If the reply of an earlier attempt was lost, this call removed it.
      return step === 'remove' && change === 'refused' && isRepeated ? 'done' : change;
    });
  }

  #unknown(name: string): UnknownQuotaError {
    return new UnknownQuotaError(
      `the queue ${this.queue} has no quota ${describeValue(name)}: create it first`,
    );
  }
}
