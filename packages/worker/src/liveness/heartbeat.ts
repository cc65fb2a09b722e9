// The pings for one lease, in the heartbeat thread: on a connection of their own, and not while the
// main loop is blocked, which shared memory shows (D2, D3).
import {
  clientSettings,
  connect,
  DispatcherStore,
  saidBy,
  classifyRedisError,
} from '@drover/core/internal/heartbeat';
import {
  blockedFor,
  LeaseSlot,
  NS_PER_MS,
  toMs,
  type HeartbeatData,
  type HeartbeatMessage,
} from './heartbeat-messages.js';
import { FailureDetector } from './failure-detector.js';

export class Heartbeat {
  /** The running jobs of each agent, JSON. */
  running: string;
  readonly #memory: BigInt64Array;
  readonly #client: ReturnType<typeof connect>;
  readonly #store: DispatcherStore;
  readonly #failureDetector: FailureDetector;
  readonly #timer: NodeJS.Timeout;
  #isAlive = false;
  #hasEnded = false;

  constructor(
    private readonly data: HeartbeatData,
    private readonly post: (message: HeartbeatMessage) => void,
  ) {
    const { target, prefix, activatedAt, pingInterval, deathInterval, memory, running } = data;
    this.running = running;
    this.#memory = new BigInt64Array(memory);
    // A connection that died silently is replaced within a death interval, so that a ping on the
    // next one still renews the lease.
    const silentAfter = Math.min(
      clientSettings.dispatcher.silentAfter,
      Math.max(deathInterval / 3, pingInterval),
    );
    const settings = { ...clientSettings.dispatcher, commandTimeout: pingInterval, silentAfter };
    this.#client = connect(target, settings, (error) =>
      this.#post({ error: saidBy(error), errorClass: classifyRedisError(error) }),
    );
    this.#store = new DispatcherStore(this.#client, prefix);
    // It starts anew: the main loop's first pings do not count.
    this.#failureDetector = new FailureDetector({
      pingInterval,
      deathInterval,
      activatedAt: toMs(activatedAt),
    });
    this.#timer = setInterval(() => void this.#beat(), pingInterval);
    void this.#beat();
  }

  /** Pings no more, and posts no more messages. */
  end(): void {
    this.#hasEnded = true;
    clearInterval(this.#timer);
    this.#client.disconnect();
  }

  #post(message: HeartbeatMessage): void {
    if (!this.#hasEnded) this.post(message);
  }

  async #beat(): Promise<void> {
    const { uuid, epoch, maxBlock, beatInterval } = this.data;
    const sentAt = process.hrtime.bigint();
    const lastBeat = Atomics.load(this.#memory, LeaseSlot.MAIN_BEAT);
    const silent = sentAt - lastBeat;
    if (silent > BigInt(maxBlock) * NS_PER_MS) return this.#post({ blocked: toMs(silent) });
    const load = { running: this.running, blockedFor: blockedFor(sentAt, lastBeat, beatInterval) };
    try {
      const reply = await this.#store.ping(uuid, epoch, load);
      if (this.#hasEnded) return;
      if ('deposed' in reply) {
        Atomics.store(this.#memory, LeaseSlot.DEPOSED, 1n);
        this.#post({ deposed: true });
        return this.end();
      }
      const dead = this.#failureDetector.confirmDead(reply.overdue, toMs(sentAt));
      // The time of sending: Redis counts from a later time, so that the lease ends here first.
      Atomics.store(this.#memory, LeaseSlot.LAST_PING, sentAt);
      if (!this.#isAlive) this.#post({ alive: true });
      this.#isAlive = true;
      if (reply.hasWishes) this.#post({ hasWishes: true });
      if (dead.length > 0) this.#post({ overdue: dead });
    } catch (error) {
      this.#post({
        error: `ping: ${saidBy(error as Error)}`,
        errorClass: classifyRedisError(error),
      });
    }
  }
}
