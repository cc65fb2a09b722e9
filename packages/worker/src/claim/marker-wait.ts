// Waits on a connection of its own for the markers of an agent's lanes, without polling.
import {
  endClient,
  MAX_BLOCK,
  waitForJob,
  type DueJob,
  type LaneKeys,
  type RedisClient,
} from '@drover/core/internal';

export class MarkerWait {
  #onEnd: () => void = () => {};

  constructor(
    private readonly client: RedisClient,
    private readonly lanes: readonly LaneKeys[],
    /** While false, a wait ends with the blocking read that is under way. */
    private readonly mayClaim: () => boolean,
  ) {}

  /** The first marker of a lane within `timeout` ms; undefined if there is none. */
  async next(timeout: number): Promise<DueJob | undefined> {
    const end = performance.now() + timeout;
    for (let left = timeout; ; left = end - performance.now()) {
      const marker = await this.#unlessEnded(
        waitForJob(this.client, this.lanes, Math.min(left, MAX_BLOCK)),
      );
      if (marker || !this.mayClaim() || performance.now() >= end) return marker;
    }
  }

  /** Ends the connection, and with it the wait under way. */
  async end(): Promise<void> {
    this.#onEnd();
    await endClient(this.client);
  }

  /** The end does not wait for a blocking read: its connection may have died silently. */
  async #unlessEnded(read: Promise<DueJob | undefined>): Promise<DueJob | undefined> {
    read.catch(() => {});
    const ended = new Promise<undefined>((resolve) => (this.#onEnd = () => resolve(undefined)));
    return await Promise.race([read, ended]);
  }
}
