// Reads the event streams of lanes on one connection, and calls the listeners of each job.
import type { Cluster, Redis } from 'ioredis';
import { setTimeout as pause } from 'node:timers/promises';
import { MAX_BLOCK, type RedisClient } from '../../redis/connection.js';
import { endClient } from '../../redis/end-client.js';
import { valueOf, type JobEvent } from './job-event.js';
import { OwnPuts } from './own-puts.js';

type Listener = (event: JobEvent) => void;

/** A read with so many events of a stream may have missed earlier ones, which were trimmed. */
const MAYBE_TRIMMED = 5_000;
/** An UNBLOCK that comes before the read has reached Redis has no effect, and is repeated. */
const MAX_UNBLOCKS = 20;
/** ms between attempts while reads fail. */
const RETRY_DELAY = 50;

/**
 * Calls `onGap` where events may have been missed: they were trimmed, or lost with a master, while
 * the connection was away. Every listener must look for itself then.
 */
export class EventWatcher {
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #positions = new Map<string, string>();
  readonly #following = new Map<string, Promise<void>>();
  readonly #ownPuts = new OwnPuts();
  #running: Promise<void> | undefined;
  #closed = false;
  /** Redis's number of the connection to each server, by the server's address. */
  #connectionIds: ReadonlyMap<string, number> = new Map();
  /** The streams of the read under way. */
  #reading: ReadonlySet<string> = new Set();
  /** A read failed: the connection, and the server, may be other ones. */
  #isInDoubt = false;

  /** @param control a connection that does not block */
  constructor(
    private readonly client: RedisClient,
    private readonly control: RedisClient,
    private readonly onGap: () => void,
  ) {}

  /** This process is about to put a job into the lane of `stream`. */
  expect(stream: string, jobId: string): void {
    if (this.#positions.has(stream)) this.#ownPuts.expect(stream, jobId);
  }

  /** As `OwnPuts.take`. */
  takePut(stream: string, jobId: string): { end: JobEvent | undefined } | undefined {
    return this.#ownPuts.take(stream, jobId);
  }

  /** Starts to follow a stream. Resolves when listeners will get every later event. */
  async follow(stream: string): Promise<void> {
    let following = this.#following.get(stream);
    if (!following) {
      following = this.#begin(stream);
      this.#following.set(stream, following);
      // After a failure the next call tries again.
      following.catch(() => this.#following.delete(stream));
    }
    await following;
  }

  async #begin(stream: string): Promise<void> {
    // Waits count on the position of an attempt that failed: they have heard nothing since.
    if (!this.#positions.has(stream)) {
      const last = await this.#lastOf(stream);
      if (this.#closed) return;
      this.#positions.set(stream, last);
    }
    if (this.#running) return await this.#unblockRead(stream);
    try {
      await this.#askIds();
    } catch (error) {
      this.#isInDoubt = true;
      throw error;
    }
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

  /** Ends the read under way, which does not follow `stream`, so that the next one begins. */
  async #unblockRead(stream: string): Promise<void> {
    for (
      let attempt = 0;
      attempt < MAX_UNBLOCKS && !this.#reading.has(stream) && !this.#closed;
      attempt++
    ) {
      const unblock = async ([address, server]: [string, Redis]): Promise<void> => {
        const id = this.#connectionIds.get(address);
        if (id !== undefined) await server.client('UNBLOCK', id);
      };
      await Promise.all(serversOf(this.control).map(unblock));
    }
  }

  /** Each new connection has a new number. */
  async #askIds(): Promise<void> {
    const ask = async ([address, server]: [string, Redis]) =>
      [address, await server.client('ID')] as const;
    this.#connectionIds = new Map(await Promise.all(serversOf(this.client).map(ask)));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await endClient(this.client);
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      try {
        if (this.#isInDoubt) await this.#catchUp();
        const streams = [...this.#positions.keys()];
        const positions = [...this.#positions.values()];
        this.#reading = new Set(streams);
        const read = await this.client.xread(
          'BLOCK',
          MAX_BLOCK,
          'STREAMS',
          ...streams,
          ...positions,
        );
        for (const [stream, entries] of read ?? []) this.#take(stream, entries);
        // BullMQ trims its streams at some ten thousand events.
        if (read?.some(([, entries]) => entries.length >= MAYBE_TRIMMED)) this.#haveMissed();
        // A Cluster replaces the connection to a node without an error.
        if (!read && this.client.isCluster) await this.#askIds();
      } catch {
        // The client reports the error, and reconnects.
        this.#isInDoubt = true;
        if (!this.#closed) await this.#nextReady();
        if (!this.#closed) await pause(RETRY_DELAY, undefined, { ref: false });
      }
    }
  }

  /**
   * After a read failed. The server may be another one, or may have lost events. A position beyond
   * the end of its stream would hide all events up to that position.
   */
  async #catchUp(): Promise<void> {
    await this.#askIds();
    for (const [stream, position] of this.#positions) {
      const last = await this.#lastOf(stream);
      if (isBefore(last, position)) this.#positions.set(stream, last);
    }
    this.#isInDoubt = false;
    this.#haveMissed();
  }

  #haveMissed(): void {
    this.#ownPuts.forget();
    this.onGap();
  }

  /** Asks on the other connection, since that of the watcher may block. */
  async #lastOf(stream: string): Promise<string> {
    const last = await this.control.xrevrange(stream, '+', '-', 'COUNT', 1);
    return last[0]?.[0] ?? '0-0';
  }

  #take(stream: string, entries: [string, string[]][]): void {
    for (const [position, flat] of entries) {
      this.#positions.set(stream, position);
      const jobId = valueOf(flat, 'jobId');
      const listeners = this.#listeners.get(jobId);
      const isOwn = this.#ownPuts.has(jobId);
      // Nearly all events of a lane are of jobs that other processes put and wait for.
      if (!listeners && !isOwn) continue;
      const event = { name: valueOf(flat, 'event'), stream, fields: flat };
      if (isOwn) this.#ownPuts.note(jobId, event);
      for (const listener of listeners ? [...listeners] : []) listener(event);
    }
  }

  async #nextReady(): Promise<void> {
    if (this.client.status === 'ready') return;
    await new Promise<void>((resolve) => {
      // Both are removed: a client that reconnects never ends, and would keep a listener of each
      // loss.
      const done = (): void => {
        this.client.off('ready', done).off('end', done);
        resolve();
      };
      this.client.on('ready', done).on('end', done);
    });
  }
}

/** The servers that may have the streams: of a Cluster all masters, each with a connection. */
function serversOf(client: RedisClient): [address: string, server: Redis][] {
  if (!client.isCluster) return [['', client as Redis]];
  return (client as Cluster)
    .nodes('master')
    .map((node) => [`${node.options.host}:${node.options.port}`, node]);
}

/** Compares ids of a stream, `<ms>-<number>`. */
function isBefore(id: string, other: string): boolean {
  const [ms = 0, n = 0] = id.split('-').map(Number);
  const [otherMs = 0, otherN = 0] = other.split('-').map(Number);
  return ms < otherMs || (ms === otherMs && n < otherN);
}
