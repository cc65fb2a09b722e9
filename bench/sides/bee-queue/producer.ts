// bee-queue's producer: one queue object puts many jobs, another one puts jobs and hears of their
// ends.
import BeeQueue from 'bee-queue';
import { randomUUID } from 'node:crypto';
import { PAGE, QUEUE, type Producer, type SideOptions } from '../side.js';

export class BeeProducer implements Producer {
  readonly #settings: BeeQueue.QueueSettings;
  readonly #queue: BeeQueue<[number]>;
  #listening: BeeQueue<[number]> | undefined;
  readonly #waiting = new Map<string, (result: unknown) => void>();

  constructor({ url, prefix }: SideOptions) {
    this.#settings = { redis: { url }, prefix, isWorker: false, storeJobs: false };
    this.#queue = new BeeQueue(QUEUE, { ...this.#settings, getEvents: false });
  }

  async putAll(indices: readonly number[]): Promise<void> {
    for (let i = 0; i < indices.length; i += PAGE) {
      const jobs = indices.slice(i, i + PAGE).map((index) => this.#queue.createJob([index]));
      for (const error of (await this.#queue.saveAll(jobs)).values()) throw error;
    }
  }

  /**
   * A job that has its id before it is put can be waited for before: bee-queue's own `job.on` would
   * miss an end that is told before the put is answered.
   */
  async roundTrip(index: number): Promise<unknown> {
    const queue = await this.#withEvents();
    const id = randomUUID();
    const result = new Promise((resolve) => this.#waiting.set(id, resolve));
    await queue.createJob([index]).setId(id).save();
    return await result;
  }

  async close(): Promise<void> {
    await this.#listening?.close();
    await this.#queue.close();
  }

  async #withEvents(): Promise<BeeQueue<[number]>> {
    if (this.#listening) return this.#listening;
    this.#listening = new BeeQueue(QUEUE, this.#settings);
    this.#listening.on('job succeeded', (id, result) => {
      this.#waiting.get(id)?.(result);
      this.#waiting.delete(id);
    });
    return await this.#listening.ready();
  }
}
