// The quotas of a queue: how many jobs that name one run at the same time, across all dispatchers
// (Q5).
import { BadStatusError, InvalidArgumentError, UnknownQuotaError } from '../errors.js';
import { checkName } from '../lib/names.js';
import type { UseStore } from '../store/bullmq/queue-access.js';
import { countNaming, readQuotas, setQuota, type StoredQuota } from '../store/bullmq/run/quotas.js';
import { describeValue } from '../lib/describe-value.js';

/**
 * A quota as it is now: its name, its size, the ids of the jobs that hold a slot, and how many jobs
 * wait for one.
 */
export type Quota = StoredQuota;

export class Quotas {
  /** Made by the queue. */
  constructor(
    private readonly queue: string,
    private readonly use: UseStore,
  ) {}

  /**
   * Makes a quota. Doing so again with the same size changes nothing.
   * @param size how many jobs may hold it at the same time, from 0. Default: 1, one job after
   *   another
   * @throws InvalidArgumentError for a bad name or size; BadStatusError where it is there with
   *   another size.
   */
  async create(name: string, size = 1): Promise<void> {
    if ((await this.#set('create', name, size)) === 'done') return;
    throw new BadStatusError(
      `the queue ${this.queue} has a quota ${describeValue(name)} of another size: resize it`,
    );
  }

  /**
   * Changes the size of a quota, also while jobs wait for it: more slots start waiting jobs at
   * once; with fewer, those that hold it finish, and none starts until there are less.
   * @param size how many jobs may hold it at the same time, from 0
   * @throws InvalidArgumentError for a bad size; UnknownQuotaError where it is not there.
   */
  async resize(name: string, size: number): Promise<void> {
    if ((await this.#set('resize', name, size)) !== 'done') throw this.#unknown(name);
  }

  /**
   * Removes a quota that no job of the queue holds or names. A part of a composite that names it,
   * and whose composite has not begun, is not seen: it fails with an UnknownQuotaError.
   * @throws UnknownQuotaError where it is not there; BadStatusError, which says how many, while
   *   jobs hold it, or pending jobs name it.
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
   * Checks names before a put. Nothing is remembered: a server that was emptied, restored or failed
   * over may have lost a quota, and a job that names it would fail when it is claimed.
   * @throws UnknownQuotaError for a quota that the queue does not have.
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
      // What is gone after a reply that was lost is what this call removed.
      return step === 'remove' && change === 'refused' && isRepeated ? 'done' : change;
    });
  }

  #unknown(name: string): UnknownQuotaError {
    return new UnknownQuotaError(
      `the queue ${this.queue} has no quota ${describeValue(name)}: create it first`,
    );
  }
}
