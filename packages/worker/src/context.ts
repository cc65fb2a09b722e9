// What the parts of a dispatcher share: its settings, its connection, its queues and lanes, and how it tells what happens.
import { Failure, type Queue } from '@drover/core';
import {
  clientSettings,
  connect,
  DispatcherStore,
  finishQueue,
  LaneKeys,
  LaneStore,
  queueOn,
  type RedisClient,
} from '@drover/core/internal';
import type { DispatcherEvents } from './events.js';
import type { History } from './history/history.js';
import type { Settings } from './options.js';

export type Tell = <E extends keyof DispatcherEvents>(event: E, ...args: DispatcherEvents[E]) => void;

export class DispatcherContext {
  readonly client: RedisClient;
  readonly store: DispatcherStore;
  readonly #queues = new Map<string, Queue>();
  readonly #lanes = new Map<string, LaneStore>();

  constructor(
    readonly settings: Settings,
    readonly tell: Tell,
    /** Whether anybody listens to an event. */
    readonly listens: (event: keyof DispatcherEvents) => boolean,
    readonly history: History,
  ) {
    this.client = connect(settings.place, clientSettings.dispatcher, (error) => this.trouble(error));
    this.store = new DispatcherStore(this.client, settings.prefix);
  }

  get prefix(): string {
    return this.settings.prefix;
  }

  /** A queue as tasks see it, on this connection. */
  queue(name: string): Queue {
    let queue = this.#queues.get(name);
    if (!queue) {
      queue = queueOn(name, this.settings, { place: this.settings.place, client: this.client });
      this.#queues.set(name, queue);
    }
    return queue;
  }

  /** A lane, without a connection of its own to wait on. */
  readonly laneStore = (queue: string, lane: string): LaneStore => {
    const key = `${queue}/${lane}`;
    let store = this.#lanes.get(key);
    if (!store) {
      store = new LaneStore(this.client, new LaneKeys(this.prefix, queue, lane), this.settings.uuid);
      this.#lanes.set(key, store);
    }
    return store;
  };

  /** Something went wrong that is being tried again. */
  readonly trouble = (error: Error): void => {
    const { name, message } = Failure.from(error);
    this.settings.logger.warn({ err: { name, message } }, 'trouble, which is being tried again');
    this.tell('error', error);
  };

  async close(): Promise<void> {
    for (const queue of this.#queues.values()) await finishQueue(queue);
    this.client.disconnect();
  }
}
