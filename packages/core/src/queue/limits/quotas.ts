// The quotas of a queue: limits on how many of its jobs run at a time, over all dispatchers (Q5,
// Q9).
import { BadStatusError, InvalidArgumentError, UnknownQuotaError } from '../../errors.js';
import { checkLimitName, checkName } from '../../lib/names.js';
import { checkOptions } from '../../lib/unknown-options.js';
import type { UseStore } from '../../store/bullmq/queue-access.js';
import {
  countNaming,
  readQuotas,
  setQuota,
  sweepQuotas,
  type QuotaUse,
  type StoredQuota,
} from '../../store/bullmq/run/quotas.js';
import { describeValue } from '../../lib/describe-value.js';
import { checkWhole } from '../../lib/whole-number.js';
import { checkNamed, unknownLimit, type LimitKind, type LimitsOf } from './check-named.js';

/**
 * A quota, or one key of a quota with keys: its name, its size, how many jobs hold a slot and
 * which, the number of waiting jobs, and of a quota with keys those that have jobs.
 */
export type Quota = StoredQuota;

export type { QuotaKey, QuotaKeys } from '../../store/bullmq/run/quotas.js';

export interface QuotaOptions {
  /**
   * Each key has `size` slots of its own (Q9): jobs name `team/acme`, not `team`. The keys take
   * turns, and nothing is kept of a key that has no jobs. Default: false.
   */
  keyed?: boolean;
}

export interface QuotaListOptions {
  /**
   * Of a quota with keys about so many are read, from 1: then the cost is bounded, and the numbers
   * are those of the keys that were read (`keys.read` of `keys.inUse`). Default: all.
   */
  mostKeys?: number | undefined;
}

const QUOTA: LimitKind = {
  what: 'quota',
  option: 'quotas',
  keyIn: (keys) => keys.quotas,
  Unknown: UnknownQuotaError,
};

export class Quotas {
  readonly #of: LimitsOf;

  /** Made by the queue. */
  constructor(
    private readonly queue: string,
    private readonly use: UseStore,
  ) {
    this.#of = { kind: QUOTA, queue };
  }

  /**
   * Makes a quota. A second call with the same size changes nothing.
   * @param size the number of jobs that may hold it, or each of its keys, at a time, from 0.
   *   Default: 1
   * @throws InvalidArgumentError for a bad name, size or option; BadStatusError where it exists
   *   with another size, or of the other kind (with or without keys)
   */
  async create(name: string, size = 1, options: QuotaOptions = {}): Promise<void> {
    const isKeyed = isWithKeys(options);
    const change = await this.#set('create', name, size, isKeyed);
    if (change === 'done') return;
    const has = `the queue ${this.queue} has a quota ${describeValue(name)}`;
    throw new BadStatusError(
      change === 'other kind'
        ? `${has} ${isKeyed ? 'without' : 'with'} keys: remove it first, or choose another name`
        : `${has} of another size: resize it`,
    );
  }

  /**
   * Changes the size, of a quota with keys for all keys, also while jobs wait. A larger quota
   * starts waiting jobs at once. With a smaller one the running jobs finish, and no other job
   * starts until a slot is free.
   * @param size the number of jobs that may hold it, or each of its keys, at a time, from 0
   * @throws InvalidArgumentError for a bad size, and for the name of a key; UnknownQuotaError
   */
  async resize(name: string, size: number): Promise<void> {
    if ((await this.#set('resize', name, size)) !== 'done') throw unknownLimit(this.#of, name);
  }

  /**
   * Removes a quota that no job holds or names. A part whose composite has not begun is not seen:
   * it will fail with an UnknownQuotaError.
   * @throws UnknownQuotaError; BadStatusError, with the numbers, while jobs hold it or pending jobs
   *   name it
   */
  async remove(name: string): Promise<void> {
    checkName('quota', name);
    const naming = await this.use(async ({ client, keys }) => {
      // A key whose jobs another program has deleted counts no more.
      const isKeyed = (await client.hexists(keys.quotas, `${name}/`)) === 1;
      if (isKeyed) await sweepQuotas(client, keys);
      return await countNaming(client, keys, name);
    });
    const change = await this.#set('remove', name, naming);
    if (change === 'done') return;
    if (typeof change === 'string') throw unknownLimit(this.#of, name);
    throw new BadStatusError(
      `the quota ${describeValue(name)} of ${this.queue} is in use (${useWords(change)}). ` +
        'Remove, cancel or await these first, or let none start: resize it to 0',
    );
  }

  /**
   * One quota, or one key of a quota with keys (`team/acme`); undefined where there is no quota of
   * that name. A key without jobs has no holders and no waiters. A quota with keys is read in
   * several steps: its numbers may be of slightly different times.
   * @throws InvalidArgumentError for a bad name
   */
  async get(name: string): Promise<Quota | undefined> {
    checkLimitName('quota', name);
    return (await this.use(({ client, keys }) => readQuotas(client, keys, { name })))[0];
  }

  /**
   * All quotas of the queue, by name. A quota with keys is one of them; see `get`.
   * @throws InvalidArgumentError for a bad option
   */
  async list(options: QuotaListOptions = {}): Promise<Quota[]> {
    checkOptions('quotas.list', options, ['mostKeys']);
    const { mostKeys } = options;
    if (mostKeys !== undefined) checkWhole('mostKeys of quotas.list', mostKeys, { from: 1 });
    return await this.use(({ client, keys }) => readQuotas(client, keys, { mostKeys }));
  }

  /**
   * Checks names before a put.
   * @throws UnknownQuotaError for a quota that the queue does not have; InvalidArgumentError for
   *   one with keys that is named without one, or the other way round
   */
  async check(names: Iterable<string>): Promise<void> {
    await checkNamed(this.#of, this.use, names);
  }

  async #set(step: 'create' | 'resize' | 'remove', name: string, size: number, isKeyed = false) {
    checkName('quota', name);
    checkWhole(`the size of the quota ${describeValue(name)}`, size, { from: 0 });
    return await this.use(async ({ client, keys }, isRepeated) => {
      const change = await setQuota(client, keys, name, step, size, isKeyed);
      // If the reply of an earlier attempt was lost, this call removed it.
      return step === 'remove' && change === 'refused' && isRepeated ? 'done' : change;
    });
  }
}

/** Whether the quota is to have keys. @throws InvalidArgumentError */
function isWithKeys(options: QuotaOptions): boolean {
  checkOptions('a quota', options, ['keyed']);
  const { keyed = false } = options;
  if (typeof keyed === 'boolean') return keyed;
  throw new InvalidArgumentError(`keyed must be true or false, not ${describeValue(keyed)}`);
}

function useWords({ holders, pending, keys }: QuotaUse): string {
  return keys === undefined
    ? `jobs that hold it: ${holders}, pending jobs that name it: ${pending}`
    : `keys with jobs that hold it or wait for it: ${keys}, other pending jobs that name it: ${pending}`;
}
