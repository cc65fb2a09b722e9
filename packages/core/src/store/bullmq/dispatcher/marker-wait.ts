// Waits for the markers of several lanes, on a connection of its own, without polling.
import { MAX_BLOCK } from '../../../redis/connection.js';
import type { RedisTarget } from '../../../redis/redis-target.js';
import type { Marker, Markers } from '../../../model/stores.js';
import type { LaneKeys } from '../keys.js';
import { BlockingReads } from './blocking-reads.js';

export class MarkerWait implements Markers {
  readonly #reads: BlockingReads;
  readonly #markers: readonly string[];

  constructor(
    target: RedisTarget,
    lanes: readonly LaneKeys[],
    private readonly mayGoOn: () => boolean,
    onError: (error: Error) => void,
  ) {
    this.#reads = new BlockingReads(target, onError);
    this.#markers = lanes.map(({ marker }) => marker);
  }

  async next(timeout: number): Promise<Marker | undefined> {
    const end = performance.now() + timeout;
    for (let left = timeout; ; left = end - performance.now()) {
      const marker = await this.#reads.unlessEnded(this.#pop(Math.min(left, MAX_BLOCK)));
      const isOver = this.#reads.hasEnded || !this.mayGoOn() || performance.now() >= end;
      if (marker || isOver) return marker;
    }
  }

  async end(): Promise<void> {
    await this.#reads.end();
  }

  async #pop(timeout: number): Promise<Marker | undefined> {
    const popped = await this.#reads.client.bzpopmin(...this.#markers, Math.max(timeout, 2) / 1000);
    return popped ? { lane: this.#markers.indexOf(popped[0]), due: Number(popped[2]) } : undefined;
  }
}
