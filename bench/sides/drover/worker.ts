// Drover's worker: one dispatcher with its defaults, but that all completed jobs are kept.
// A composite's own tasks run here.
import '@drover/composite';
import { Dispatcher } from '@drover/worker';
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { QUEUE, type Worker, type WorkerOptions } from '../side.js';
import { runIn } from './tasks.js';

export class DroverWorker implements Worker {
  readonly #dispatcher: Dispatcher;

  constructor({ url: connection, prefix, concurrency, workload }: WorkerOptions) {
    runIn(workload);
    this.#dispatcher = new Dispatcher({
      connection,
      prefix,
      uuid: randomUUID(),
      queues: { [QUEUE]: { main: { size: concurrency } } },
      // As BullMQ does by default: otherwise Drover alone would trim while it is measured.
      keepCompleted: { count: Infinity },
      signals: false,
      logger: pino({ level: 'silent' }),
    });
    this.#dispatcher.on('error', workload.noteError);
    this.#dispatcher.on('completed', () => workload.noteCompleted());
  }

  async start(): Promise<void> {
    await this.#dispatcher.activate();
  }

  async close(): Promise<void> {
    await this.#dispatcher.deactivate({ grace: 5_000 });
  }
}
