// The benchmark's own view of Redis: fresh prefixes, their keys away afterwards, and the memory in
// use.
import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';

/** Between looks at what happens in the background. */
const SETTLE = 100;

export class BenchRedis {
  readonly #client: Redis;
  /** Stands before each prefix, so that nobody else's keys are ever touched. */
  readonly #root = `drover-bench-${randomBytes(6).toString('hex')}`;
  #count = 0;
  #closing: Promise<void> | undefined;

  constructor(readonly url: string) {
    this.#client = new Redis(url, { maxRetriesPerRequest: 3 });
    // Each command that fails says so by itself.
    this.#client.on('error', () => {});
  }

  /** A prefix that nobody has used. */
  freshPrefix(): string {
    return `${this.#root}-${++this.#count}`;
  }

  async version(): Promise<string> {
    return (await this.#info('server', 'redis_version')) ?? 'unknown';
  }

  /** The number of its process. */
  async pid(): Promise<number> {
    return Number(await this.#info('server', 'process_id'));
  }

  /** Bytes that Redis uses, once what was deleted is freed. */
  async usedMemory(): Promise<number> {
    do await setTimeout(SETTLE);
    while (Number((await this.#info('memory', 'lazyfree_pending_objects')) ?? 0) > 0);
    return Number(await this.#info('memory', 'used_memory'));
  }

  /** The most bytes that Redis has used since its start. */
  async peakMemory(): Promise<number> {
    return Number(await this.#info('memory', 'used_memory_peak'));
  }

  /** CPU seconds that Redis has taken. */
  async cpuSeconds(): Promise<number> {
    const [user, system] = await Promise.all(
      ['user', 'sys'].map((kind) => this.#info('cpu', `used_cpu_${kind}`)),
    );
    return Number(user) + Number(system);
  }

  /**
   * Deletes every key that begins with `prefix`; the server may be somebody's, so nothing is
   * flushed.
   */
  async deleteKeys(prefix: string): Promise<number> {
    let deleted = 0;
    let cursor = '0';
    do {
      const [next, keys] = await this.#client.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', 2_000);
      if (keys.length > 0) deleted += await this.#client.unlink(...keys);
      cursor = next;
    } while (cursor !== '0');
    return deleted;
  }

  /** Leaves nothing behind, also where workers are still writing. */
  async close(): Promise<void> {
    await (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    try {
      while ((await this.deleteKeys(this.#root)) > 0) await setTimeout(SETTLE);
    } finally {
      this.#client.disconnect();
    }
  }

  async #info(section: string, field: string): Promise<string | undefined> {
    return new RegExp(`^${field}:(\\S+)`, 'm').exec(await this.#client.info(section))?.[1];
  }
}
