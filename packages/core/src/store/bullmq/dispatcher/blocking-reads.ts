// A connection for blocking reads. Its end does not wait for the read under way, since a connection
// may have died silently.
import { clientSettings, connect, type RedisClient } from '../../../redis/connection.js';
import { endClient } from '../../../redis/end-client.js';
import type { RedisTarget } from '../../../redis/redis-target.js';

export class BlockingReads {
  readonly client: RedisClient;
  #onEnd: () => void = () => {};
  #hasEnded = false;

  constructor(target: RedisTarget, onError: (error: Error) => void) {
    this.client = connect(target, clientSettings.blocking, onError);
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Resolves with the read, or with undefined when the connection ends. One read at a time. */
  async unlessEnded<T>(read: Promise<T>): Promise<T | undefined> {
    read.catch(() => {});
    const ended = new Promise<undefined>((resolve) => (this.#onEnd = () => resolve(undefined)));
    return await Promise.race([read, ended]);
  }

  async end(): Promise<void> {
    this.#hasEnded = true;
    this.#onEnd();
    await endClient(this.client);
  }
}
