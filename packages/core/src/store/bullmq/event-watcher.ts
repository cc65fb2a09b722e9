// Reads the event streams of lanes over one connection and tells whoever waits for a job: nothing is polled.
import type { RedisClient } from '../../connection.js';

/** Gets the name of an event, such as 'completed' or 'failed'. */
type Listener = (event: string) => void;

/** How long one blocking read lasts, unless an event, a reconnect or a new stream ends it. */
const BLOCK_MS = 5_000;
/** On a Cluster, where a read under way cannot be interrupted: a new stream is followed after it. */
const CLUSTER_BLOCK_MS = 250;
/** A read that brings so many events of a stream may have missed earlier ones. */
const MANY = 5_000;
/** A read may be on its way when it is to be interrupted: then once more. */
const MAX_INTERRUPTS = 20;

/**
 * One connection, many streams, many listeners. After the connection was away, events may have been trimmed: `onGap` is
 * called, so that those who wait look for themselves.
 */
export class EventWatcher {
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #positions = new Map<string, string>();
  readonly #following = new Map<string, Promise<void>>();
  #running: Promise<void> | undefined;
  #closed = false;
  #connectionId = 0;
  /** What the read under way waits for. */
  #reading: ReadonlySet<string> = new Set();

  /** @param control a connection that does not block */
  constructor(
    private readonly client: RedisClient,
    private readonly control: RedisClient,
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
    let following = this.#following.get(stream);
    if (!following) {
      following = this.#begin(stream);
      this.#following.set(stream, following);
      // Who comes after a failure tries again.
      following.catch(() => this.#following.delete(stream));
    }
    await following;
  }

  async #begin(stream: string): Promise<void> {
    // The connection of the watcher itself may be waiting for other streams.
    const last = await this.control.xrevrange(stream, '+', '-', 'COUNT', 1);
    if (this.#closed) return;
    this.#positions.set(stream, last[0]?.[0] ?? '0-0');
    if (this.#running) return await this.#interruptRead(stream);
    // A Cluster asks any of its nodes for an id, and could unblock somebody else.
    if (!this.client.isCluster) this.#connectionId = await this.client.client('ID');
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

  /** Ends the read under way, so that the next one follows `stream` too; else that would be so when the read ends by itself. */
  async #interruptRead(stream: string): Promise<void> {
    if (this.client.isCluster) return;
    for (let attempt = 0; attempt < MAX_INTERRUPTS && !this.#reading.has(stream) && !this.#closed; attempt++) {
      await this.control.client('UNBLOCK', this.#connectionId);
    }
  }

  close(): void {
    this.#closed = true;
    this.client.disconnect();
  }

  async #run(): Promise<void> {
    const blockMs = this.client.isCluster ? CLUSTER_BLOCK_MS : BLOCK_MS;
    while (!this.#closed) {
      const streams = [...this.#positions.keys()];
      const positions = [...this.#positions.values()];
      this.#reading = new Set(streams);
      try {
        const read = await this.client.xread('BLOCK', blockMs, 'STREAMS', ...streams, ...positions);
        for (const [stream, entries] of read ?? []) this.#take(stream, entries);
        // BullMQ trims its streams at some ten thousand events: of so many, earlier ones may be missing.
        if (read?.some(([, entries]) => entries.length >= MANY)) this.onGap();
      } catch {
        // The client says what was wrong, and reconnects; its 'ready' starts the next read.
        if (!this.#closed) await this.#nextReady();
      }
    }
  }

  #take(stream: string, entries: [string, string[]][]): void {
    for (const [position, flat] of entries) {
      this.#positions.set(stream, position);
      // Nearly all events are of jobs that nobody here waits for.
      const listeners = this.#listeners.get(valueOf(flat, 'jobId'));
      if (!listeners) continue;
      const event = valueOf(flat, 'event');
      for (const listener of [...listeners]) listener(event);
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

/** The value of a field of an event, which Redis gives as name, value, name, value … */
function valueOf(flat: readonly string[], field: string): string {
  for (let i = 0; i < flat.length; i += 2) if (flat[i] === field) return flat[i + 1] ?? '';
  return '';
}
