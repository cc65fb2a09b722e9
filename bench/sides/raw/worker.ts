// The raw side's worker: BullMQ's, with its defaults.
import { Worker as BullWorker, type Job } from 'bullmq';
import { QUEUE, sumOf, type Worker, type WorkerOptions } from '../side.js';
import { PARENT, rawSettings } from './settings.js';

export class RawWorker implements Worker {
  readonly #worker: BullWorker;

  constructor({ concurrency, workload, ...place }: WorkerOptions) {
    const body = async (job: Job): Promise<unknown> =>
      job.name === PARENT
        ? sumOf(Object.values(await job.getChildrenValues()))
        : await workload.run((job.data as [number])[0]);
    this.#worker = new BullWorker(QUEUE, body, { ...rawSettings(place), concurrency });
    this.#worker.on('error', workload.noteError);
    this.#worker.on('completed', () => workload.noteCompleted());
  }

  async start(): Promise<void> {
    await this.#worker.waitUntilReady();
  }

  async close(): Promise<void> {
    await this.#worker.close();
  }
}
