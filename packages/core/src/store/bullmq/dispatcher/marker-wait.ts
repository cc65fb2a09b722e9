// Waits for the markers of several lanes, on a connection of its own, without polling.
import { clientSettings, connect, MAX_BLOCK, type RedisClient } from '../../../redis/connection.js';
import { endClient } from '../../../redis/end-client.js';
import type { RedisTarget } from '../../../redis/redis-target.js';
import type { Marker, Markers } from '../../../model/stores.js';
import type { LaneKeys } from '../keys.js';

export class MarkerWait implements Markers {
  readonly #client: RedisClient;
  readonly #markers: readonly string[];
  #onEnd: () => void = () => {};
  #hasEnded = false;

  constructor(
    target: RedisTarget,
    lanes: readonly LaneKeys[],
    private readonly mayGoOn: () => boolean,
    onError: (error: Error) => void,
  ) {
    this.#client = connect(target, clientSettings.blocking, onError);
    this.#markers = lanes.map(({ marker }) => marker);
  }

  async next(timeout: number): Promise<Marker | undefined> {
    const end = performance.now() + timeout;
    for (let left = timeout; ; left = end - performance.now()) {
      const marker = await this.#unlessEnded(this.#pop(Math.min(left, MAX_BLOCK)));
      if (marker || this.#hasEnded || !this.mayGoOn() || performance.now() >= end) return marker;
    }
  }

  async end(): Promise<void> {
    this.#hasEnded = true;
    this.#onEnd();
    await endClient(this.#client);
  }

  async #pop(timeout: number): Promise<Marker | undefined> {
    const popped = await this.#client.bzpopmin(...this.#markers, Math.max(timeout, 2) / 1000);
    return popped ? { lane: this.#markers.indexOf(popped[0]), due: Number(popped[2]) } : undefined;
  }

  /** The end does not wait for a blocking read: its connection may have died silently. */
  async #unlessEnded(read: Promise<Marker | undefined>): Promise<Marker | undefined> {
    read.catch(() => {});
    const ended = new Promise<undefined>((resolve) => (this.#onEnd = () => resolve(undefined)));
    return await Promise.race([read, ended]);
  }
}
