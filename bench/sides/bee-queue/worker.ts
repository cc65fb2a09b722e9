// bee-queue's worker, as its own documentation sets it up for production.
import BeeQueue from 'bee-queue';
import { QUEUE, type Worker, type WorkerOptions } from '../side.js';

/** ms; from its documentation. */
const STALL_CHECK = 5_000;

export class BeeWorker implements Worker {
  readonly #queue: BeeQueue<[number]>;
  readonly #concurrency: number;
  readonly #run: (index: number) => Promise<number>;

  constructor({ url, prefix, concurrency, workload }: WorkerOptions) {
    this.#queue = new BeeQueue(QUEUE, {
      redis: { url },
      prefix,
      // It puts no jobs and listens to none that others have run.
      getEvents: false,
      storeJobs: false,
    });
    this.#concurrency = concurrency;
    this.#run = (index) => workload.run(index);
    this.#queue.on('error', workload.noteError);
    this.#queue.on('failed', (_, error) => workload.noteError(error));
    this.#queue.on('succeeded', () => workload.noteCompleted());
  }

  async start(): Promise<void> {
    await this.#queue.ready();
    this.#queue.process(this.#concurrency, async ({ data: [index] }) => await this.#run(index));
    await this.#queue.checkStalledJobs(STALL_CHECK);
  }

  async close(): Promise<void> {
    await this.#queue.close();
  }
}
