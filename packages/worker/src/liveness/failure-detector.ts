// Who is found dead (D2): others only by one who has had Redis for longer than they can have been
// without it.

export interface FailureDetectorOptions {
  /** ms */
  pingInterval: number;
  /** ms */
  deathInterval: number;
  /** When the activation was sent, on the clock of `confirmDead`. */
  activatedAt: number;
}

export class FailureDetector {
  readonly #deathInterval: number;
  readonly #pingInterval: number;
  /** ms between two pings, after which siblings may have been without one for a death interval. */
  readonly #longGap: number;
  /**
   * For how long pings have come through since the activation, or the last long gap, in ms:
   * siblings may have had no better luck before. Whoever starts when Redis is back would find all
   * dead that have not pinged again yet.
   */
  #steadyFor = 0;
  /** When the last ping that came through was sent; before it, when the activation was. */
  #lastAt: number;
  /**
   * By UUID, of those that were overdue last time: for how long we have had Redis meanwhile, in ms.
   */
  #known = new Map<string, number>();

  constructor({ pingInterval, deathInterval, activatedAt }: FailureDetectorOptions) {
    this.#pingInterval = pingInterval;
    this.#deathInterval = deathInterval;
    this.#lastAt = activatedAt;
    this.#longGap = Math.max(1.5 * pingInterval, deathInterval - 2 * pingInterval);
  }

  /**
   * Which of those that a ping told to be overdue are dead. Where pings come through with one long
   * gap after the other, as on a host with too much to do, each counts as one interval with Redis:
   * that makes finding the dead slower, and does not prevent it.
   * @param at when that ping was sent, in ms of a monotonic clock
   */
  confirmDead(overdue: readonly string[], at: number): string[] {
    const gap = at - this.#lastAt;
    this.#lastAt = at;
    this.#steadyFor = gap > this.#longGap ? 0 : this.#steadyFor + gap;
    const withRedis = Math.min(gap, this.#pingInterval);
    this.#known = new Map(
      overdue.map((uuid) => {
        const known = this.#known.get(uuid);
        return [uuid, Math.max(this.#steadyFor, known === undefined ? 0 : known + withRedis)];
      }),
    );
    return overdue.filter((uuid) => (this.#known.get(uuid) ?? 0) > this.#deathInterval);
  }
}
