// The dispatcher's lease: pings from a thread of its own, so that a task that computes does not look like a death (D2).
import { Worker } from 'node:worker_threads';
import { placeForThread, type PingReply } from '@drover/core/internal';
import { LeaseSlot, type HeartbeatData, type HeartbeatMessage } from './heartbeat-messages.js';

const SLOTS = 3;

/** What a lease is kept for. */
export interface LeaseOptions extends Omit<HeartbeatData, 'memory'> {
  onMessage: (message: Exclude<HeartbeatMessage, { alive: true }>) => void;
  /** Pings from the main loop: until the thread has started, which takes a while where many start at once. */
  ping: () => Promise<PingReply>;
}

const NS_PER_MS = 1_000_000n;
/** The main loop shows that it runs this often within `maxBlock`. */
const BEATS_PER_MAX_BLOCK = 8;

export class Lease {
  readonly #memory: BigInt64Array;
  readonly #thread: Worker;
  readonly #beat: NodeJS.Timeout;
  readonly #firstPings: NodeJS.Timeout;
  readonly #deathInterval: bigint;

  constructor({ onMessage, ping, ...data }: LeaseOptions) {
    const memory = new SharedArrayBuffer(SLOTS * BigInt64Array.BYTES_PER_ELEMENT);
    this.#memory = new BigInt64Array(memory);
    this.#deathInterval = BigInt(data.deathInterval) * NS_PER_MS;
    Atomics.store(this.#memory, LeaseSlot.LAST_PING, data.activatedAt);
    this.#beatNow();
    this.#beat = setInterval(() => this.#beatNow(), Math.max(5, data.maxBlock / BEATS_PER_MAX_BLOCK));
    this.#thread = new Worker(new URL('./heartbeat-thread.js', import.meta.url), {
      workerData: { ...data, place: placeForThread(data.place), memory } satisfies HeartbeatData,
      execArgv: [],
    });
    this.#firstPings = setInterval(() => void this.#pingMeanwhile(ping), data.pingInterval);
    this.#thread.on('message', (message: HeartbeatMessage) => {
      if ('alive' in message) clearInterval(this.#firstPings);
      else onMessage(message);
    });
    this.#thread.on('error', (error) => onMessage({ error: `the heartbeat thread failed: ${error.message}` }));
  }

  /** Whether this activation certainly stands: nobody can have found it dead yet. Claims are made only while it does (D5). */
  get holds(): boolean {
    if (Atomics.load(this.#memory, LeaseSlot.DEPOSED) !== 0n) return false;
    return process.hrtime.bigint() - Atomics.load(this.#memory, LeaseSlot.LAST_PING) < this.#deathInterval;
  }

  /** Stops pinging. */
  async end(): Promise<void> {
    clearInterval(this.#beat);
    clearInterval(this.#firstPings);
    await this.#thread.terminate();
  }

  async #pingMeanwhile(ping: () => Promise<PingReply>): Promise<void> {
    const sentAt = process.hrtime.bigint();
    try {
      if ('overdue' in (await ping())) Atomics.store(this.#memory, LeaseSlot.LAST_PING, sentAt);
    } catch {
      // The thread's own pings say what is wrong.
    }
  }

  #beatNow(): void {
    Atomics.store(this.#memory, LeaseSlot.MAIN_BEAT, process.hrtime.bigint());
  }
}
