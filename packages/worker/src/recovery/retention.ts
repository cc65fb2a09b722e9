// Removes completed jobs that are past their age or too many (J9). One dispatcher of each queue
// does so at a time.
import { onTravel } from '@drover/core/internal';
import type { DispatcherContext } from '../context/context.js';
import { lanesServed } from '../options/agent-options.js';

/** Ms between two looks of one dispatcher. A job goes within a minute after its age (J9). */
const INTERVAL = 30_000;
/**
 * For this part of the interval no other dispatcher looks. A lease as long as the interval would
 * refuse every second look of its own holder.
 */
const LEASE = 2 / 3;

export class Retention {
  #timer: NodeJS.Timeout | undefined;
  #stopListening: () => void = () => {};
  #stopped = false;
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly context: Pick<DispatcherContext, 'settings' | 'reportError'> & {
      store: Pick<DispatcherContext['store'], 'recovery'>;
    },
    private readonly interval = INTERVAL,
  ) {}

  start(): void {
    this.#look();
    this.#stopListening = onTravel(async () => {
      clearTimeout(this.#timer);
      await this.#running;
      if (this.#stopped) return;
      clearTimeout(this.#timer);
      this.#look();
      await this.#running;
    });
  }

  /** The next look comes an interval after the end of this one. */
  #look(): void {
    this.#running = this.#trim()
      .catch(this.context.reportError)
      .then(() => {
        if (this.#stopped) return;
        this.#timer = setTimeout(() => this.#look(), this.interval);
        this.#timer.unref();
      });
  }

  /** Resolves when no removal is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopListening();
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #trim(): Promise<void> {
    // An error in one queue must not stop the work on the next (B1).
    for (const queue of this.context.settings.queues)
      await this.#trimQueue(queue).catch(this.context.reportError);
  }

  async #trimQueue(queue: string): Promise<void> {
    const { settings } = this.context;
    const { recovery } = this.context.store;
    if (this.#stopped || !(await recovery.mayTrim(queue, this.interval * LEASE))) return;
    const lanes = await recovery.lanes(queue, lanesServed(settings, queue));
    const keep = settings.keepCompleted[queue];
    if (keep) await recovery.trimCompleted(queue, lanes, keep, () => !this.#stopped);
  }
}
