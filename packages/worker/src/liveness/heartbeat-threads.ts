// The heartbeat threads of this process, as the main loop sees them. To start one and to load its
// modules takes 60 ms of a processor. So a thread whose lease has ended waits a while for the next
// lease: a test suite activates many dispatchers one after the other, and a dispatcher that was
// deposed activates again.
import { Worker } from 'node:worker_threads';
import type {
  EndedMessage,
  HeartbeatData,
  HeartbeatMessage,
  HeartbeatOrder,
} from './heartbeat-messages.js';
import { threadFile } from '../thread-file.js';

/** Ms for which a thread without a lease is kept. */
const KEPT_FOR = 2_000;

export interface HeartbeatHandlers {
  onMessage: (message: HeartbeatMessage) => void;
  onError: (error: Error) => void;
  onExit: () => void;
}

/** The threads without a lease. */
const idle = new Set<HeartbeatThread>();

export class HeartbeatThread {
  /** Of the lease. None: the lease has ended. */
  #handlers: HeartbeatHandlers | undefined;
  readonly #worker = new Worker(threadFile('heartbeat-thread'), { execArgv: [] });
  /** Resolves `end`. */
  #onEnded = (): void => {};
  #hasExited = false;
  #removal: NodeJS.Timeout | undefined;

  private constructor() {
    this.#worker.on('message', (message: HeartbeatMessage | EndedMessage) => {
      if ('ended' in message) this.#onEnded();
      else this.#handlers?.onMessage(message);
    });
    this.#worker.on('error', (error) => this.#handlers?.onError(error));
    this.#worker.on('exit', () => {
      this.#hasExited = true;
      idle.delete(this);
      this.#onEnded();
      this.#handlers?.onExit();
    });
  }

  /** A thread that pings for this lease from now on: one without a lease, or a new one. */
  static begin(data: HeartbeatData, handlers: HeartbeatHandlers): HeartbeatThread {
    const [thread = new HeartbeatThread()] = idle;
    idle.delete(thread);
    clearTimeout(thread.#removal);
    thread.#worker.ref();
    thread.#handlers = handlers;
    thread.#order({ begin: data });
    return thread;
  }

  tell(running: string): void {
    this.#order({ running });
  }

  /** Resolves when the thread pings no more. */
  async end(): Promise<void> {
    this.#handlers = undefined;
    if (this.#hasExited) return;
    await new Promise<void>((resolve) => {
      this.#onEnded = resolve;
      this.#order({ end: true });
    });
    if (this.#hasExited) return;
    // The process may exit meanwhile.
    this.#worker.unref();
    this.#removal = setTimeout(() => this.#remove(), KEPT_FOR).unref();
    idle.add(this);
  }

  #order(order: HeartbeatOrder): void {
    this.#worker.postMessage(order);
  }

  #remove(): void {
    idle.delete(this);
    void this.#worker.terminate();
  }
}
