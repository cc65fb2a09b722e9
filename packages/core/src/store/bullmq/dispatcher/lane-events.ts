// Waits for events of lanes, for an agent with `tasks` (D9). A marker goes to one waiter alone, and
// such an agent may leave the job to others. All who wait for an event get it: so the agent keeps
// no job from any other (Q6). It has a connection of its own, and does not poll.
import { setTimeout as pause } from 'node:timers/promises';
import { MAX_BLOCK } from '../../../redis/connection.js';
import type { RedisTarget } from '../../../redis/redis-target.js';
import type { Markers } from '../../../model/stores.js';
import type { LaneKeys } from '../keys.js';
import { BlockingReads } from './blocking-reads.js';

/** Ms between two words of a busy lane: each is a look at its jobs. */
const LEAST = 50;

export class LaneEvents implements Markers {
  readonly #reads: BlockingReads;
  readonly #streams: readonly string[];
  /** The last event of each stream before the last look; none before the first look. */
  #seen: readonly string[] = [];
  #lookedAt = 0;

  constructor(
    target: RedisTarget,
    lanes: readonly LaneKeys[],
    private readonly mayGoOn: () => boolean,
    onError: (error: Error) => void,
  ) {
    this.#reads = new BlockingReads(target, onError);
    this.#streams = lanes.map((keys) => keys.list('events'));
  }

  /** Resolves when there may be a job in any of the lanes, or after `timeout` ms. */
  async next(timeout: number): Promise<undefined> {
    const end = performance.now() + timeout;
    if (this.#seen.length > 0) {
      await this.#reads.unlessEnded(this.#event(end));
      const early = this.#lookedAt + LEAST - performance.now();
      if (early > 0) await this.#reads.unlessEnded(pause(early, undefined, { ref: false }));
    }
    if (this.#reads.hasEnded) return;
    // Before the look: an event that comes during it ends the next wait.
    this.#seen = (await this.#reads.unlessEnded(this.#lastEvents())) ?? [];
    this.#lookedAt = performance.now();
  }

  async end(): Promise<void> {
    await this.#reads.end();
  }

  async #event(end: number): Promise<void> {
    for (let left = end - performance.now(); left > 0; left = end - performance.now()) {
      const ms = Math.ceil(Math.min(left, MAX_BLOCK));
      const read = ['COUNT', 1, 'BLOCK', ms, 'STREAMS', ...this.#streams, ...this.#seen] as const;
      const events = await this.#reads.client.call('XREAD', ...read);
      if (events || this.#reads.hasEnded || !this.mayGoOn()) return;
    }
  }

  async #lastEvents(): Promise<string[]> {
    const read = this.#streams.map((stream) =>
      this.#reads.client.xrevrange(stream, '+', '-', 'COUNT', 1),
    );
    return (await Promise.all(read)).map(([last]) => last?.[0] ?? '0-0');
  }
}
