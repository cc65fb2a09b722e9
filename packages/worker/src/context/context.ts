// What the parts of a dispatcher share: its settings, its connection, its queues and lanes, and how
// it tells what happens.
import type { Queue } from '@drover/core';
import {
  clientSettings,
  connect,
  DispatcherStore,
  endClient,
  finishQueue,
  LaneKeys,
  LaneStore,
  measureClock,
  nameOfTarget,
  queueOn,
  refusedConnection,
  classifyRedisError,
  type RedisClient,
  type RedisErrorClass,
} from '@drover/core/internal';
import type { DispatcherEvents } from './events.js';
import type { History } from '../history/history.js';
import type { Settings } from '../options/settings.js';
import { RedisLog } from '../logging/redis-log.js';

export type Emit = <E extends keyof DispatcherEvents>(
  event: E,
  ...args: DispatcherEvents[E]
) => void;

/** Ms between two looks at Redis's clock (Q2). */
const CLOCK_INTERVAL = 5_000;

export class DispatcherContext {
  readonly client: RedisClient;
  readonly store: DispatcherStore;
  readonly #redisLog: RedisLog;
  /** The last error of the connection for commands. */
  #connectionError: Error | undefined;
  /**
   * Whether Redis has done anything yet: until then what it refuses is thrown by `activate`, and
   * not logged.
   */
  #hasWorked = false;
  readonly #clockTimer: NodeJS.Timeout;
  readonly #queues = new Map<string, Queue>();
  readonly #lanes = new Map<string, LaneStore>();

  constructor(
    readonly settings: Settings,
    readonly emit: Emit,
    /** Whether anybody listens to an event. */
    readonly listens: (event: keyof DispatcherEvents) => boolean,
    readonly history: History,
  ) {
    this.#redisLog = new RedisLog(settings.logger, nameOfTarget(settings.target));
    this.client = connect(settings.target, clientSettings.dispatcher, (error) => {
      this.#connectionError = error;
      this.reportError(error);
    });
    this.store = new DispatcherStore(this.client, settings.prefix);
    // Another server may answer from now on, whose clock is another.
    this.client.on('ready', this.#measure);
    this.client.on('ready', () => this.#redisLog.isThere());
    this.#clockTimer = setInterval(this.#measure, CLOCK_INTERVAL).unref();
  }

  get prefix(): string {
    return this.settings.prefix;
  }

  /** A queue as tasks see it, on this connection. */
  queue(name: string): Queue {
    let queue = this.#queues.get(name);
    if (!queue) {
      queue = queueOn(name, this.settings, { target: this.settings.target, client: this.client });
      this.#queues.set(name, queue);
    }
    return queue;
  }

  /** A lane, without a connection of its own to wait on. */
  readonly laneStore = (queue: string, lane: string): LaneStore => {
    const key = `${queue}/${lane}`;
    let store = this.#lanes.get(key);
    if (!store) {
      store = new LaneStore(
        this.client,
        new LaneKeys(this.prefix, queue, lane),
        this.settings.uuid,
      );
      this.#lanes.set(key, store);
    }
    return store;
  };

  /** Something went wrong that is being tried again; `errorClass`: what it says of Redis. */
  readonly reportError = (
    error: Error,
    errorClass: RedisErrorClass | undefined = classifyRedisError(error),
  ): void => {
    if (!this.#refusal(error)) this.#redisLog.failed(error, errorClass);
    this.emit('error', error);
  };

  /**
   * Redis has answered: what it refuses from now on may be about to be changed, and is tried again.
   */
  hasWorked(): void {
    this.#hasWorked = true;
  }

  /**
   * Throws the error, or what it says of a Redis that refuses the connection until a setting is
   * changed.
   */
  readonly throwRefusal = (error: Error): never => {
    throw this.#refusal(error) ?? error;
  };

  #refusal(error: Error): Error | undefined {
    if (this.#hasWorked) return undefined;
    const { target } = this.settings;
    // A command that finds no connection does not say why there is none.
    return (
      refusedConnection(error, target) ??
      (classifyRedisError(error) && refusedConnection(this.#connectionError, target))
    );
  }

  /** Where it fails, Redis is away: it is measured when that is back. */
  readonly #measure = (): void => void measureClock(this.client).catch(() => {});

  async close(): Promise<void> {
    clearInterval(this.#clockTimer);
    for (const queue of this.#queues.values()) await finishQueue(queue);
    await endClient(this.client);
  }
}
