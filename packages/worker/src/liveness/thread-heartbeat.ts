// The heartbeat thread of this process, as the main loop sees it. It pings for all leases, for each
// on a connection of its own: to start a thread and to load its modules takes 60 ms of a processor.
// A thread whose last lease has ended waits a while for the next one: a test suite activates many
// dispatchers one after the other, and a dispatcher that was deposed activates again.
import { Worker } from 'node:worker_threads';
import type {
  HeartbeatData,
  HeartbeatMessage,
  HeartbeatOrder,
  HeartbeatReport,
} from './heartbeat-messages.js';
import { threadFile } from '../thread-file.js';

/** Ms for which a thread without a lease is kept. */
const KEPT_FOR = 2_000;

export interface HeartbeatHandlers {
  onMessage: (message: HeartbeatMessage) => void;
  onError: (error: Error) => void;
  onExit: () => void;
}

/** None: the next lease starts it. */
let current: HeartbeatThread | undefined;

class HeartbeatThread {
  readonly #worker = new Worker(threadFile('heartbeat-thread'), { execArgv: [] });
  /** By the number of the lease. */
  readonly #heartbeats = new Map<number, ThreadHeartbeat>();
  #leases = 0;
  #removal: NodeJS.Timeout | undefined;

  constructor() {
    this.#worker.on('message', ({ lease, message }: HeartbeatReport) => {
      const heartbeat = this.#heartbeats.get(lease);
      if ('ended' in message) this.#remove(lease);
      else heartbeat?.handlers?.onMessage(message);
    });
    this.#worker.on('error', (error) => {
      for (const { handlers } of this.#heartbeats.values()) handlers?.onError(error);
    });
    this.#worker.on('exit', () => {
      if (current === this) current = undefined;
      const heartbeats = [...this.#heartbeats.values()];
      this.#heartbeats.clear();
      for (const heartbeat of heartbeats) heartbeat.onGone();
    });
  }

  /** Returns the number of the lease. */
  begin(heartbeat: ThreadHeartbeat, data: HeartbeatData): number {
    clearTimeout(this.#removal);
    this.#worker.ref();
    const lease = this.#leases++;
    this.#heartbeats.set(lease, heartbeat);
    this.order({ lease, begin: data });
    return lease;
  }

  order(order: HeartbeatOrder): void {
    this.#worker.postMessage(order);
  }

  #remove(lease: number): void {
    const heartbeat = this.#heartbeats.get(lease);
    this.#heartbeats.delete(lease);
    heartbeat?.onGone();
    if (this.#heartbeats.size > 0) return;
    // The process may exit meanwhile.
    this.#worker.unref();
    this.#removal = setTimeout(() => this.#terminate(), KEPT_FOR).unref();
  }

  #terminate(): void {
    if (current === this) current = undefined;
    void this.#worker.terminate();
  }
}

/** The pings of the thread for one lease. */
export class ThreadHeartbeat {
  readonly #thread = (current ??= new HeartbeatThread());
  readonly #lease: number;
  /** None: the lease has ended. */
  handlers: HeartbeatHandlers | undefined;
  #isGone = false;
  /** Resolves `end`. */
  #onEnded = (): void => {};

  constructor(data: HeartbeatData, handlers: HeartbeatHandlers) {
    this.handlers = handlers;
    this.#lease = this.#thread.begin(this, data);
  }

  tell(running: string): void {
    this.#thread.order({ lease: this.#lease, running });
  }

  /** Resolves when the thread pings no more for this lease. */
  async end(): Promise<void> {
    this.handlers = undefined;
    if (this.#isGone) return;
    await new Promise<void>((resolve) => {
      this.#onEnded = resolve;
      this.#thread.order({ lease: this.#lease, end: true });
    });
  }

  /** The thread has stopped its pings as ordered, or has exited. */
  onGone(): void {
    this.#isGone = true;
    this.#onEnded();
    this.handlers?.onExit();
  }
}
