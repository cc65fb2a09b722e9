// Looking after completed jobs (J9): by one dispatcher of each queue at a time, now and then.
import { lanesWithOwn, mayTrim, trimCompleted } from '@drover/core/internal';
import type { DispatcherContext } from './context.js';
import { lanesServed } from './options.js';

/** Ms between two looks at a queue's completed jobs, whoever looks. */
const INTERVAL = 60_000;

export class Retention {
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #running: Promise<void> = Promise.resolve();

  constructor(private readonly context: DispatcherContext) {}

  start(): void {
    this.#running = this.#trim().catch(this.context.trouble);
    this.#timer = setInterval(() => {
      this.#running = this.#running.then(() => this.#trim()).catch(this.context.trouble);
    }, INTERVAL);
    this.#timer.unref();
  }

  /** Resolves when nothing is being removed. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  async #trim(): Promise<void> {
    // What is wrong with one queue keeps nobody from the next (B1).
    for (const queue of this.context.settings.queues) await this.#trimQueue(queue).catch(this.context.trouble);
  }

  async #trimQueue(queue: string): Promise<void> {
    const { client, prefix, settings } = this.context;
    if (this.#stopped || !(await mayTrim(client, prefix, queue, settings.uuid, INTERVAL))) return;
    const lanes = await lanesWithOwn(client, prefix, queue, lanesServed(settings, queue));
    await trimCompleted(client, prefix, queue, lanes, settings.keepCompleted, () => !this.#stopped);
  }
}
