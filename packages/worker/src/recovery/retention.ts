// Looking after completed jobs (J9): by one dispatcher of each queue at a time, now and then.
import { lanesWithOwn, mayTrim, trimCompleted } from '@drover/core/internal';
import type { DispatcherContext } from '../context/context.js';
import { lanesServed } from '../options/agent-options.js';

/**
 * Ms between two looks of one dispatcher at a queue's completed jobs. A job goes within a minute
 * after its age has passed (J9).
 */
const INTERVAL = 30_000;
/**
 * For this part of the interval no other dispatcher looks. It must end before the next look of the
 * same one: a lease that lasts as long as the interval refuses every second look.
 */
const LEASE = 2 / 3;

export class Retention {
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly context: Pick<
      DispatcherContext,
      'client' | 'prefix' | 'settings' | 'reportError'
    >,
    private readonly interval = INTERVAL,
  ) {}

  start(): void {
    this.#running = this.#look();
  }

  /** The next look comes an interval after the end of this one. */
  async #look(): Promise<void> {
    await this.#trim().catch(this.context.reportError);
    if (this.#stopped) return;
    this.#timer = setTimeout(() => this.start(), this.interval);
    this.#timer.unref();
  }

  /** Resolves when nothing is being removed. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #trim(): Promise<void> {
    // What is wrong with one queue keeps nobody from the next (B1).
    for (const queue of this.context.settings.queues)
      await this.#trimQueue(queue).catch(this.context.reportError);
  }

  async #trimQueue(queue: string): Promise<void> {
    const { client, prefix, settings } = this.context;
    if (
      this.#stopped ||
      !(await mayTrim(client, prefix, queue, settings.uuid, this.interval * LEASE))
    )
      return;
    const lanes = await lanesWithOwn(client, prefix, queue, lanesServed(settings, queue));
    await trimCompleted(client, prefix, queue, lanes, settings.keepCompleted, () => !this.#stopped);
  }
}
