// Drover's producer: its public face, with its defaults.
import { parallel, serial } from '@drover/composite';
import { Queue, type Job } from '@drover/core';
import { QUEUE, type Producer, type SideOptions } from '../side.js';
import { last, part, sum } from './tasks.js';

export class DroverProducer implements Producer {
  readonly #queue: Queue;

  constructor({ url: connection, prefix }: SideOptions) {
    this.#queue = new Queue(QUEUE, { connection, prefix });
  }

  async putAll(indices: readonly number[]): Promise<void> {
    await this.#queue.putAll(indices.map((index) => part.job(index)));
  }

  async roundTrip(index: number): Promise<unknown> {
    const job = await this.#queue.put(part.job(index));
    return await job.wait();
  }

  async parallel(groups: readonly number[][]): Promise<unknown[]> {
    return await this.#run(groups, (parts) => parallel(parts, { postprocess: sum.job() }));
  }

  async serial(groups: readonly number[][]): Promise<unknown[]> {
    return await this.#run(groups, (steps) => serial(steps, { postprocess: last.job() }));
  }

  async close(): Promise<void> {
    await this.#queue.close();
  }

  async #run(
    groups: readonly number[][],
    compose: (jobs: Job<number>[]) => Job,
  ): Promise<unknown[]> {
    const made = groups.map((group) => compose(group.map((index) => part.job(index))));
    const composites = await this.#queue.putAll(made);
    return await Promise.all(composites.map((composite) => composite.wait()));
  }
}
