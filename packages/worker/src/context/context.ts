// The context of a dispatcher, shared by its parts: settings, connection, queues and lanes, events
// and errors.
import type { Queue } from '@drover/core';
import { SharedQueues, WorkerStore, type RedisErrorClass } from '@drover/core/internal';
import type { Middleware } from '../activation/middleware.js';
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
  readonly store: WorkerStore;
  readonly #redisLog: RedisLog;
  /**
   * Redis has answered. Before that `activate` throws a refused connection, which is not logged.
   */
  #hasWorked = false;
  readonly #clockTimer: NodeJS.Timeout;
  readonly #queues: SharedQueues;

  constructor(
    readonly settings: Settings,
    readonly emit: Emit,
    /** Whether an event has listeners. */
    readonly listens: (event: keyof DispatcherEvents) => boolean,
    readonly history: History,
    /** Of the dispatcher, which may get more while it is active. */
    readonly middleware: readonly Middleware[],
  ) {
    this.store = new WorkerStore(settings, 'dispatcher', (error) => this.reportError(error));
    this.#redisLog = new RedisLog(settings.logger, this.store.name);
    this.#queues = new SharedQueues(settings, this.store);
    // After a reconnection another server, with another clock, may answer.
    this.store.onReady(this.#measure);
    this.store.onReady(() => this.#redisLog.ready());
    this.#clockTimer = setInterval(this.#measure, CLOCK_INTERVAL).unref();
  }

  /** A queue for tasks and events, on the connection of the store. */
  queue(name: string): Queue {
    return this.#queues.get(name);
  }

  readonly laneStore = (queue: string, lane: string) => this.store.lane(queue, lane);

  /** Logs an error after which the caller tries again, and emits 'error'. */
  readonly reportError = (
    error: Error,
    errorClass: RedisErrorClass | undefined = this.store.classify(error),
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
    return this.#hasWorked ? undefined : this.store.refusal(error);
  }

  /** An error is ignored: 'ready' measures again. */
  readonly #measure = (): void => void this.store.measureClock().catch(() => {});

  async close(): Promise<void> {
    clearInterval(this.#clockTimer);
    await this.#queues.end();
    await this.store.end();
  }
}
