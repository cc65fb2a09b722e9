// A subscription to one channel, on a connection of its own.
import { delayAfter, type BackOff } from '../lib/back-off.js';
import { clientSettings, connect, type RedisClient } from './connection.js';
import { endClient } from './end-client.js';
import type { RedisTarget } from './redis-target.js';

/** Between two attempts on the same connection, in ms. */
const BACK_OFF: BackOff = { firstDelay: 50, mostDelay: 2_000 };

export interface SubscriptionListeners {
  /** Called with each subscription: messages before it may have been missed. */
  onSubscribed: () => void;
  /** Gets the errors of the connection, which is made again. */
  onError: (error: Error) => void;
}

/**
 * Subscribes each time that its connection is ready, and tries again until that succeeds. On a
 * Cluster, the connection that subscribes may not be open yet when the client is ready. A server
 * may also refuse for a while.
 */
export class Subscription {
  readonly #client: RedisClient;
  #timer: NodeJS.Timeout | undefined;
  #isEnded = false;

  constructor(
    target: RedisTarget,
    private readonly channel: string,
    private readonly listeners: SubscriptionListeners & { onMessage: (message: string) => void },
  ) {
    const settings = { ...clientSettings.reading, autoResubscribe: false };
    this.#client = connect(target, settings, listeners.onError);
    this.#client.on('ready', () => void this.#attempt(0));
    this.#client.on('message', (_channel: string, message: string) => listeners.onMessage(message));
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    clearTimeout(this.#timer);
    await endClient(this.#client);
  }

  async #attempt(number: number): Promise<void> {
    clearTimeout(this.#timer);
    try {
      await this.#client.subscribe(this.channel);
    } catch {
      if (this.#isEnded) return;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.#attempt(number + 1), delayAfter(number, BACK_OFF));
      return;
    }
    if (!this.#isEnded) this.listeners.onSubscribed();
  }
}
