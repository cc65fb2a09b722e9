// The rate limits of a queue: limits on how many of its jobs start in so long, over all dispatchers
// (Q9).
import { BadStatusError, InvalidArgumentError, UnknownRateLimitError } from '../../errors.js';
import { describeValue } from '../../lib/describe-value.js';
import { LONGEST_TIME } from '../../lib/timeout.js';
import { checkLimitName, checkName } from '../../lib/names.js';
import { refuseUnknownOptions } from '../../lib/unknown-options.js';
import { checkWhole } from '../../lib/whole-number.js';
import type { UseStore } from '../../store/bullmq/queue-access.js';
import {
  changeRateLimit,
  readRateLimits,
  removeRateLimit,
  type RateLimitChange,
  type StoredRateLimit,
} from '../../store/bullmq/run/rate-limits.js';
import { checkNamed, unknownLimit, type LimitKind, type LimitsOf } from './check-named.js';

/** A rate limit, as it is now. Times are ms since 1970, by Redis's clock. */
export type RateLimit = StoredRateLimit;

/** At most `max` jobs start in any `duration` ms. */
export interface RateLimitOptions {
  /** The number of starts, from 0 to 100,000. Each start of the last `duration` ms is stored. */
  max: number;
  /** Ms, from 1. */
  duration: number;
  /**
   * Of `create`: each key has `max` starts of its own: jobs name `tenant/acme`, not `tenant`. The
   * keys take turns, and nothing is kept of a key that has no jobs when its window has passed.
   * Default: false.
   */
  keyed?: boolean;
}

const MOST_STARTS = 100_000;
const OPTIONS = new Set<string>(['max', 'duration', 'keyed'] satisfies (keyof RateLimitOptions)[]);

const RATE_LIMIT: LimitKind = {
  what: 'rate limit',
  option: 'rateLimits',
  keyIn: (keys) => keys.rateLimits,
  Unknown: UnknownRateLimitError,
};

export class RateLimits {
  readonly #of: LimitsOf;

  /** Made by the queue. */
  constructor(
    private readonly queue: string,
    private readonly use: UseStore,
  ) {
    this.#of = { kind: RATE_LIMIT, queue };
  }

  /**
   * Makes a rate limit. A second call with the same options changes nothing.
   * @throws InvalidArgumentError for a bad name or option; BadStatusError where it exists with
   *   other options, or of the other kind (with or without keys)
   */
  async create(name: string, options: RateLimitOptions): Promise<void> {
    const change = await this.#change(name, 'create', options);
    if (change === 'done') return;
    const has = `the queue ${this.queue} has a rate limit ${describeValue(name)}`;
    throw new BadStatusError(
      change === 'other kind'
        ? `${has} ${options.keyed ? 'without' : 'with'} keys: remove it first, or choose another name`
        : `${has} with another max or duration: resize it`,
    );
  }

  /**
   * Changes max and duration, also while jobs wait. Starts before the change count: with a longer
   * duration those of the former one.
   * @throws InvalidArgumentError for a bad option; UnknownRateLimitError
   */
  async resize(name: string, options: RateLimitOptions): Promise<void> {
    if ((await this.#change(name, 'resize', options)) !== 'done')
      throw unknownLimit(this.#of, name);
  }

  /**
   * Removes a rate limit that no pending job names. A part whose composite has not begun is not
   * seen: it will fail with an UnknownRateLimitError.
   * @throws UnknownRateLimitError; BadStatusError, with the number, while pending jobs name it
   */
  async remove(name: string): Promise<void> {
    checkName('rate limit', name);
    const pending = await this.use(async ({ client, keys }, isRepeated) => {
      const left = await removeRateLimit(client, keys, name);
      // If the reply of an earlier attempt was lost, this call removed it.
      return left === undefined && isRepeated ? 0 : left;
    });
    if (pending === undefined) throw unknownLimit(this.#of, name);
    if (pending === 0) return;
    throw new BadStatusError(
      `the rate limit ${describeValue(name)} of ${this.queue} is in use (pending jobs that name it: ${pending}). ` +
        'Remove, cancel or await these first',
    );
  }

  /**
   * One rate limit, or one key of a limit with keys (`tenant/acme`); undefined where there is no
   * limit of that name.
   */
  async get(name: string): Promise<RateLimit | undefined> {
    checkLimitName('rate limit', name);
    return (await this.use(({ client, keys }) => readRateLimits(client, keys, name)))[0];
  }

  /** All rate limits of the queue, by name. */
  async list(): Promise<RateLimit[]> {
    return await this.use(({ client, keys }) => readRateLimits(client, keys));
  }

  /**
   * Checks names before a put.
   * @throws UnknownRateLimitError for a rate limit that the queue does not have;
   *   InvalidArgumentError for one with keys that is named without one, or the other way round
   */
  async check(names: Iterable<string>): Promise<void> {
    await checkNamed(this.#of, this.use, names);
  }

  async #change(
    name: string,
    step: 'create' | 'resize',
    options: RateLimitOptions,
  ): Promise<RateLimitChange> {
    checkName('rate limit', name);
    const rate = toRate(name, options);
    const change = { name, step, isKeyed: options.keyed === true };
    return await this.use(({ client, keys }) => changeRateLimit(client, keys, change, rate));
  }
}

function toRate(name: string, options: RateLimitOptions): RateLimitOptions {
  const of = `the rate limit ${describeValue(name)}`;
  if (typeof options !== 'object' || options === null)
    throw new InvalidArgumentError(
      `${of} needs { max, duration }, such as { max: 10, duration: 1_000 }`,
    );
  refuseUnknownOptions('a rate limit', options, OPTIONS);
  const { max, duration, keyed } = options;
  if (keyed !== undefined && typeof keyed !== 'boolean')
    throw new InvalidArgumentError(`keyed of ${of} must be true or false`);
  checkWhole(`max of ${of}`, max, { from: 0, to: MOST_STARTS });
  checkWhole(`duration of ${of}`, duration, { from: 1, to: LONGEST_TIME, of: 'ms' });
  return { max, duration };
}
