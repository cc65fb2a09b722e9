// Decides which overdue siblings are dead (D2). A cut of the network, or a restart of Redis, makes
// all of them overdue at once: a dispatcher waits until its own pings have succeeded for longer
// than a death interval.

export interface FailureDetectorOptions {
  /** ms */
  pingInterval: number;
  /** ms */
  deathInterval: number;
  /** The time at which the activation was sent: ms of the monotonic clock. */
  activatedAt: number;
}

export class FailureDetector {
  readonly #deathInterval: number;
  readonly #pingInterval: number;
  /** Ms between two pings of this dispatcher after which siblings may have missed theirs too. */
  readonly #longGap: number;
  /**
   * Ms of unbroken pings, since the activation or the last long gap. Without this a dispatcher that
   * starts right after an outage would find all siblings dead that have not pinged again yet.
   */
  #steadyFor = 0;
  /** The time at which the last successful ping, or else the activation, was sent. */
  #lastAt: number;
  /** Ms for which this dispatcher has reached Redis since a sibling is overdue, by UUID. */
  #known = new Map<string, number>();

  constructor({ pingInterval, deathInterval, activatedAt }: FailureDetectorOptions) {
    this.#pingInterval = pingInterval;
    this.#deathInterval = deathInterval;
    this.#lastAt = activatedAt;
    this.#longGap = Math.max(1.5 * pingInterval, deathInterval - 2 * pingInterval);
  }

  /**
   * The dead ones among the siblings that the reply to a ping names as overdue. On an overloaded
   * host one long gap may follow another. Each then counts as one ping interval with Redis, so that
   * a dead sibling is found later, but is found.
   * @param at the time at which that ping was sent: ms of the monotonic clock
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
