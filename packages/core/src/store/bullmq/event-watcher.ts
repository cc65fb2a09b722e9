// Reads the event streams of lanes over one connection and tells whoever waits for a job: nothing is polled.
import type { RedisClient } from '../../connection.js';

/** An event of BullMQ's stream, such as 'completed' or 'failed'. */
export interface JobEvent {
  event: string;
  jobId: string;
  fields: Record<string, string>;
}

type Listener = (event: JobEvent) => void;

/** How long one blocking read lasts. Only a reconnect ends it earlier; new streams wake it through their own events. */
const BLOCK_MS = 5_000;

/**
 * One connection, many streams, many listeners. After the connection was away, events may have been trimmed: `onGap` is
 * called, so that those who wait look for themselves.
 */
export class EventWatcher {
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #positions = new Map<string, string>();
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(
    private readonly client: RedisClient,
    private readonly onGap: () => void,
  ) {
    let connectedBefore = client.status === 'ready';
    client.on('ready', () => {
      if (connectedBefore) this.onGap();
      connectedBefore = true;
    });
  }

  /** Starts to follow a stream, from now on. Resolves when everything that happens later will be told. */
  async follow(stream: string): Promise<void> {
    if (this.#positions.has(stream)) return;
    const last = await this.client.xrevrange(stream, '+', '-', 'COUNT', 1);
    if (this.#positions.has(stream) || this.#closed) return;
    this.#positions.set(stream, last[0]?.[0] ?? '0-0');
    this.#running ??= this.#run();
  }

  /** Calls `listener` with each event of that job, until the returned function is called. */
  listen(jobId: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(jobId) ?? new Set();
    this.#listeners.set(jobId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(jobId);
    };
  }

  close(): void {
    this.#closed = true;
    this.client.disconnect();
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      const streams = [...this.#positions.keys()];
      const positions = [...this.#positions.values()];
      try {
        const read = await this.client.xread('BLOCK', BLOCK_MS, 'STREAMS', ...streams, ...positions);
        for (const [stream, entries] of read ?? []) this.#take(stream, entries);
      } catch {
        // The client says what was wrong, and reconnects; its 'ready' starts the next read.
        if (!this.#closed) await this.#nextReady();
      }
    }
  }

  #take(stream: string, entries: [string, string[]][]): void {
    for (const [position, flat] of entries) {
      this.#positions.set(stream, position);
      const fields: Record<string, string> = {};
      for (let i = 0; i < flat.length; i += 2) fields[flat[i] as string] = flat[i + 1] as string;
      const { event = '', jobId = '' } = fields;
      for (const listener of [...(this.#listeners.get(jobId) ?? [])]) listener({ event, jobId, fields });
    }
  }

  async #nextReady(): Promise<void> {
    if (this.client.status === 'ready') return;
    await new Promise<void>((resolve) => {
      this.client.once('ready', resolve);
      this.client.once('end', resolve);
    });
  }
}
