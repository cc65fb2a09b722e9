// The side of the step job: one BullMQ job for each chain, as BullMQ's users write it by hand.
import { Queue, QueueEvents } from 'bullmq';
import { rawSettings } from '../raw/settings.js';
import { QUEUE, type Producer, type SideOptions } from '../side.js';
import { CHAIN, type Chain } from './chain.js';

export class StepJobProducer implements Producer {
  readonly #queue: Queue<Chain>;
  readonly #events: QueueEvents;

  constructor(options: SideOptions) {
    this.#queue = new Queue(QUEUE, rawSettings(options));
    // Each job that is waited for listens to its queue's end.
    this.#queue.setMaxListeners(0);
    this.#events = new QueueEvents(QUEUE, rawSettings(options));
  }

  async serial(groups: readonly number[][]): Promise<unknown[]> {
    await this.#events.waitUntilReady();
    const jobs = await this.#queue.addBulk(
      groups.map((group) => ({
        name: CHAIN,
        data: { next: group[0] as number, end: (group.at(-1) as number) + 1 },
      })),
    );
    return await Promise.all(jobs.map((job) => job.waitUntilFinished(this.#events)));
  }

  async close(): Promise<void> {
    await this.#events.close();
    await this.#queue.close();
  }
}
