// The dispatcher's lease. A thread of its own pings, so that a task that blocks the main loop does
// not make the dispatcher look dead (D2).
import { targetForThread, type WorkerStore } from '@drover/core/internal';
import {
  LeaseSlot,
  NS_PER_MS,
  toMs,
  type HeartbeatData,
  type HeartbeatMessage,
} from './heartbeat-messages.js';
import { FailureDetector } from './failure-detector.js';
import { ThreadHeartbeat } from './thread-heartbeat.js';

const SLOTS = 3;

export interface LeaseOptions extends Omit<HeartbeatData, 'memory' | 'beatInterval' | 'running'> {
  /** The running jobs of each agent, JSON: `{ "<queue>": { "<agent>": 3 } }`. */
  running: () => string;
  onMessage: (message: Exclude<HeartbeatMessage, { alive: true }>) => void;
  /** For pings from the main loop, until the thread has started: that is slow on a busy host. */
  activations: Pick<WorkerStore['activations'], 'ping'>;
}

/** Ms, at most, from the end of a thread that never pinged to the start of the next. */
const MAX_DELAY = 60_000;
/** The main loop writes its beat this often within `maxBlock`. */
const BEATS_PER_MAX_BLOCK = 8;

export class Lease {
  readonly #memory = new BigInt64Array(
    new SharedArrayBuffer(SLOTS * BigInt64Array.BYTES_PER_ELEMENT),
  );
  readonly #beat: NodeJS.Timeout;
  readonly #deathInterval: bigint;
  readonly #beatInterval: number;
  /** What the thread was told last. */
  #running: string;
  #thread: ThreadHeartbeat;
  #pingsMeanwhile: NodeJS.Timeout | undefined;
  #restart: NodeJS.Timeout | undefined;
  /** Threads in succession that ended without a ping. */
  #failures = 0;
  readonly #failureDetector: FailureDetector;
  #hasEnded = false;

  constructor(private readonly options: LeaseOptions) {
    const { activatedAt, deathInterval, maxBlock } = options;
    this.#deathInterval = BigInt(deathInterval) * NS_PER_MS;
    this.#failureDetector = new FailureDetector({ ...options, activatedAt: toMs(activatedAt) });
    Atomics.store(this.#memory, LeaseSlot.LAST_PING, activatedAt);
    this.#running = options.running();
    // A ping tells of the running jobs, so each has a beat before it.
    const beatInterval = Math.min(maxBlock / BEATS_PER_MAX_BLOCK, options.pingInterval);
    this.#beatInterval = Math.max(5, beatInterval);
    this.#beatNow();
    this.#thread = this.#startThread();
    this.#beat = setInterval(() => this.#beatNow(), this.#beatInterval);
  }

  /** Whether no sibling can have found this activation dead yet. Only then it claims jobs (D5). */
  get holds(): boolean {
    if (this.isDeposed) return false;
    return this.#since(LeaseSlot.LAST_PING) < this.#deathInterval;
  }

  /** Whether a sibling found this activation dead, or another one has replaced it (D5). */
  get isDeposed(): boolean {
    return Atomics.load(this.#memory, LeaseSlot.DEPOSED) !== 0n;
  }

  /** Ms since the last ping that succeeded was sent. */
  get sinceLastPing(): number {
    return toMs(this.#since(LeaseSlot.LAST_PING));
  }

  /** Ms since the main loop last had its turn: more than `maxBlock` once it was blocked (D2). */
  get blockedFor(): number {
    return toMs(this.#since(LeaseSlot.MAIN_BEAT));
  }

  /** Stops pinging. */
  async end(): Promise<void> {
    this.#hasEnded = true;
    clearInterval(this.#beat);
    clearInterval(this.#pingsMeanwhile);
    clearTimeout(this.#restart);
    await this.#thread.end();
  }

  /** Ns since the time in a slot. */
  #since(slot: number): bigint {
    return process.hrtime.bigint() - Atomics.load(this.#memory, slot);
  }

  /** The main loop pings until the thread does. If a thread ends, another one is started. */
  #startThread(): ThreadHeartbeat {
    const { onMessage, activations: _, running: __, ...data } = this.options;
    const { buffer: memory } = this.#memory;
    this.#pingFromMainLoop();
    return new ThreadHeartbeat(
      {
        ...data,
        ...{ target: targetForThread(data.target), memory },
        ...{ beatInterval: this.#beatInterval, running: this.#running },
      },
      {
        onMessage: (message) => {
          if (!('alive' in message)) return onMessage(message);
          clearInterval(this.#pingsMeanwhile);
          this.#failures = 0;
        },
        onError: ({ message }) => onMessage({ error: `the heartbeat thread failed: ${message}` }),
        onExit: () => this.#startThreadLater(),
      },
    );
  }

  #startThreadLater(): void {
    if (this.isDeposed) return;
    this.#pingFromMainLoop();
    const delay = Math.min(this.options.pingInterval * 2 ** this.#failures++, MAX_DELAY);
    this.#restart = setTimeout(() => (this.#thread = this.#startThread()), delay);
  }

  #pingFromMainLoop(): void {
    clearInterval(this.#pingsMeanwhile);
    this.#pingsMeanwhile = setInterval(() => void this.#pingMeanwhile(), this.options.pingInterval);
  }

  async #pingMeanwhile(): Promise<void> {
    const { activations, uuid, epoch, onMessage, running } = this.options;
    const sentAt = process.hrtime.bigint();
    try {
      const reply = await activations.ping(uuid, epoch, { running: running(), blockedFor: 0 });
      if (this.#hasEnded) return;
      if ('deposed' in reply) {
        Atomics.store(this.#memory, LeaseSlot.DEPOSED, 1n);
        return onMessage({ deposed: true });
      }
      const overdue = this.#failureDetector.confirmDead(reply.overdue, toMs(sentAt));
      Atomics.store(this.#memory, LeaseSlot.LAST_PING, sentAt);
      if (reply.hasWishes) onMessage({ hasWishes: true });
      if (overdue.length > 0) onMessage({ overdue });
    } catch {
      // The thread reports the error of its own pings.
    }
  }

  #beatNow(): void {
    Atomics.store(this.#memory, LeaseSlot.MAIN_BEAT, process.hrtime.bigint());
    const running = this.options.running();
    if (running === this.#running) return;
    this.#running = running;
    this.#thread.tell(running);
  }
}
