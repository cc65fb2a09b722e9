// The context of a dispatcher, shared by its parts: settings, connection, queues and lanes, events
// and errors.
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

/** Ms between two measurements of Redis's clock (Q2). */
const CLOCK_INTERVAL = 5_000;

export class DispatcherContext {
  readonly client: RedisClient;
  readonly store: DispatcherStore;
  readonly #redisLog: RedisLog;
  /** The last error of `client`. */
  #connectionError: Error | undefined;
  /**
   * Redis has answered. Before that `activate` throws a refused connection, which is not logged.
   */
  #hasWorked = false;
  readonly #clockTimer: NodeJS.Timeout;
  readonly #queues = new Map<string, Queue>();
  readonly #lanes = new Map<string, LaneStore>();

  constructor(
    readonly settings: Settings,
    readonly emit: Emit,
    /** Whether an event has listeners. */
    readonly listens: (event: keyof DispatcherEvents) => boolean,
    readonly history: History,
  ) {
    this.#redisLog = new RedisLog(settings.logger, nameOfTarget(settings.target));
    this.client = connect(settings.target, clientSettings.dispatcher, (error) => {
      this.#connectionError = error;
      this.reportError(error);
    });
    this.store = new DispatcherStore(this.client, settings.prefix);
    // After a reconnection another server, with another clock, may answer.
    this.client.on('ready', this.#measure);
    this.client.on('ready', () => this.#redisLog.ready());
    this.#clockTimer = setInterval(this.#measure, CLOCK_INTERVAL).unref();
  }

  get prefix(): string {
    return this.settings.prefix;
  }

  /** A queue for tasks and events. It uses `client`. */
  queue(name: string): Queue {
    let queue = this.#queues.get(name);
    if (!queue) {
      queue = queueOn(name, this.settings, { target: this.settings.target, client: this.client });
      this.#queues.set(name, queue);
    }
    return queue;
  }

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

  /** Logs an error after which the caller tries again, and emits 'error'. */
  readonly reportError = (
    error: Error,
    errorClass: RedisErrorClass | undefined = classifyRedisError(error),
  ): void => {
    if (!this.#refusal(error)) this.#redisLog.failed(error, errorClass);
    this.emit('error', error);
  };

  /** Redis has answered: from now on a refused connection is tried again, like any other error. */
  hasWorked(): void {
    this.#hasWorked = true;
  }

  /** Throws an UnsupportedError if Redis refuses the connection (wrong password), else `error`. */
  readonly throwRefusal = (error: Error): never => {
    throw this.#refusal(error) ?? error;
  };

  #refusal(error: Error): Error | undefined {
    if (this.#hasWorked) return undefined;
    const { target } = this.settings;
    // The error of a command without a connection does not say why: the connection's own does.
    return (
      refusedConnection(error, target) ??
      (classifyRedisError(error) && refusedConnection(this.#connectionError, target))
    );
  }

  /** An error is ignored: 'ready' measures again. */
  readonly #measure = (): void => void measureClock(this.client).catch(() => {});

  async close(): Promise<void> {
    clearInterval(this.#clockTimer);
    for (const queue of this.#queues.values()) await finishQueue(queue);
    await endClient(this.client);
  }
}
