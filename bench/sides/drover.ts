// Drover's side: its public face, with its defaults.
import { randomUUID } from 'node:crypto';
import { parallel, serial } from '@drover/composite';
import { defineTask, Queue, type Job } from '@drover/core';
import { Dispatcher } from '@drover/worker';
import { pino } from 'pino';
import type { Workload } from '../workload.js';
import { inGroups, QUEUE, type Session, type Side, type SideOptions } from './side.js';

/** A task is known by its name in the whole process, so it runs the workload that is measured now. */
let current: Workload;
const part = defineTask('part', async (index: number): Promise<number> => await current.run(index));

class DroverSession implements Session {
  readonly #options: SideOptions;
  readonly #queue: Queue;
  #dispatcher: Dispatcher | undefined;

  constructor(options: SideOptions) {
    this.#options = options;
    const { url: connection, prefix } = options;
    this.#queue = new Queue(QUEUE, { connection, prefix });
    current = options.workload;
  }

  async putAll(): Promise<void> {
    await this.#queue.putAll(Array.from({ length: this.#options.workload.count }, (_, index) => part.job(index)));
  }

  async startWorker(concurrency: number): Promise<void> {
    const { url: connection, prefix, workload } = this.#options;
    this.#dispatcher = new Dispatcher({
      connection,
      prefix,
      uuid: randomUUID(),
      queues: { [QUEUE]: { main: { size: concurrency } } },
      signals: false,
      logger: pino({ level: 'silent' }),
    });
    this.#dispatcher.on('error', workload.noteError);
    this.#dispatcher.on('completed', () => workload.noteCompleted());
    await this.#dispatcher.activate();
  }

  async roundTrip(index: number): Promise<unknown> {
    const job = await this.#queue.put(part.job(index));
    return await job.wait();
  }

  async parallel(flows: number): Promise<unknown[][]> {
    return await this.#run(flows, (parts) => parallel(parts));
  }

  async serial(chains: number): Promise<unknown[]> {
    const values = await this.#run(chains, (steps) => serial(steps));
    return values.map((ofChain) => ofChain.at(-1));
  }

  async close(): Promise<void> {
    await this.#dispatcher?.deactivate({ grace: 5_000 });
    await this.#queue.close();
  }

  async #run(groups: number, compose: (jobs: Job<number>[]) => Job): Promise<unknown[][]> {
    const indices = inGroups(this.#options.workload.count, groups);
    const composites = await this.#queue.putAll(indices.map((group) => compose(group.map((index) => part.job(index)))));
    return (await Promise.all(composites.map((composite) => composite.wait()))) as unknown[][];
  }
}

export const drover: Side = { name: 'drover', open: (options) => new DroverSession(options) };
