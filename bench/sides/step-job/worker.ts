// The worker of the step jobs: a run begins at the step that the data names, and saves its progress
// with `updateData` after each step, so that a run after a crash does no step twice.
import { Worker as BullWorker, type Job } from 'bullmq';
import { rawSettings } from '../raw/settings.js';
import { QUEUE, type Worker, type WorkerOptions } from '../side.js';
import type { Chain } from './chain.js';

export class StepJobWorker implements Worker {
  readonly #worker: BullWorker<Chain>;

  constructor({ concurrency, workload, ...place }: WorkerOptions) {
    const body = async (job: Job<Chain>): Promise<unknown> => {
      for (let { next } = job.data; next < job.data.end; next++) {
        const value = await workload.run(next);
        await job.updateData({ ...job.data, next: next + 1, value });
      }
      return job.data.value;
    };
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
