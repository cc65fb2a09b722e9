// Sends the calls of one queue to Redis. They are refused once the queue is closed, repeated while
// Redis is not available, and made in the lane where the job is stored.
import type { Availability, CallOptions } from '../../redis/availability.js';
import { clockOf, measureClock, type RedisClock } from '../../redis/clock.js';
import type { RedisClient } from '../../redis/connection.js';
import { BadStatusError } from '../../errors.js';
import { MAIN_LANE } from '../../lib/names.js';
import { LaneKeys } from './keys.js';
import { whereItIs } from './put/put-at.js';

/** A queue as a whole: its connection, and the keys of its main lane. */
export interface QueueDeps {
  client: RedisClient;
  keys: LaneKeys;
}

/**
 * Calls `action`, and again where Redis was not available.
 * `isRepeated`: an earlier call may have taken effect, and its reply was lost.
 */
export type UseStore = <T>(
  action: (deps: QueueDeps, isRepeated: boolean) => Promise<T>,
  options?: CallOptions,
) => Promise<T>;

export class QueueAccess {
  #closed = false;

  constructor(
    protected readonly client: RedisClient,
    protected readonly prefix: string,
    protected readonly queue: string,
    protected readonly availability: Availability,
  ) {}

  /** For actions on the whole queue that can be repeated. */
  readonly use: UseStore = (action, options) =>
    this.ask(
      (isRepeated) => action({ client: this.client, keys: this.keysOf(MAIN_LANE) }, isRepeated),
      options,
    );

  /** The clock of the server, measured within the last minute. */
  async clock(): Promise<RedisClock> {
    const clock = clockOf(this.client);
    return clock.isFresh ? clock : await this.ask(() => measureClock(this.client));
  }

  /** Refuses further calls, and lets those under way give up. */
  protected end(): void {
    this.#closed = true;
    this.availability.end();
  }

  protected ask<T>(action: (isRepeated: boolean) => Promise<T>, options?: CallOptions): Promise<T> {
    this.checkOpen();
    return this.availability.call(action, options);
  }

  /**
   * Calls `act` with the lane where a job is stored: the given one, or where another holder has put
   * it (J12). `act` answers undefined where there is no such job.
   */
  protected async askWhereItIs<T>(
    id: string,
    lane: string,
    act: (keys: LaneKeys, isRepeated: boolean) => Promise<T | undefined>,
    options?: CallOptions,
  ): Promise<T | undefined> {
    const keys = this.keysOf(lane);
    return await this.ask(
      (isRepeated) => whereItIs(this.client, keys, id, (at) => act(at, isRepeated)),
      options,
    );
  }

  protected checkOpen(): void {
    if (this.#closed)
      throw new BadStatusError(`the queue ${this.queue} was closed: make a new one`);
  }

  protected keysOf(lane: string): LaneKeys {
    return new LaneKeys(this.prefix, this.queue, lane);
  }
}
