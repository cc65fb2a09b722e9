// Wakes the jobs that wait for the rate limits of a queue, when these open (Q9). Of all dispatchers
// one looks on time: the one that has parked a job at a limit which had no others, or that has
// found a limit due. The others that have met a limit look later, in case that one has died.
import { timerDelay, type WorkerStore } from '@drover/core/internal';

/** Ms after which another dispatcher looks. */
const BACK_UP = 500;
/** Ms by which a timer may fire early. */
const EARLY = 2;

interface LimitOpenerOptions {
  open: () => ReturnType<WorkerStore['openLimits']>;
  onError: (error: Error) => void;
}

/** Those of one activation, by queue. */
export class LimitOpeners {
  readonly #openers = new Map<string, LimitOpener>();
  #hasEnded = false;

  constructor(
    private readonly store: WorkerStore,
    private readonly onError: (error: Error) => void,
  ) {}

  /**
   * A job has met a rate limit.
   * @param ms until that opens; undefined: another dispatcher looks then
   */
  met(queue: string, ms: number | undefined): void {
    if (!this.#hasEnded) this.#of(queue).note(ms);
  }

  /**
   * Wakes the jobs of a queue whose limits have opened, and looks again when the next one opens.
   */
  async look(queue: string): Promise<void> {
    if (!this.#hasEnded) await this.#of(queue).look();
  }

  end(): void {
    this.#hasEnded = true;
    for (const opener of this.#openers.values()) opener.end();
  }

  #of(queue: string): LimitOpener {
    const { store, onError } = this;
    const opener =
      this.#openers.get(queue) ?? new LimitOpener({ open: () => store.openLimits(queue), onError });
    this.#openers.set(queue, opener);
    return opener;
  }
}

class LimitOpener {
  #timer: NodeJS.Timeout | undefined;
  /** When the timer fires, by the monotonic clock. */
  #firesAt = Infinity;
  #hasEnded = false;

  constructor(private readonly options: LimitOpenerOptions) {}

  note(ms: number | undefined): void {
    // Not all dispatchers at the same time.
    const delay = ms ?? BACK_UP * (1 + Math.random());
    const firesAt = performance.now() + delay;
    if (this.#hasEnded || firesAt >= this.#firesAt) return;
    clearTimeout(this.#timer);
    this.#firesAt = firesAt;
    this.#timer = setTimeout(() => void this.#onTimer(), timerDelay(delay)).unref();
  }

  async look(): Promise<void> {
    const { opened, opensIn } = await this.options.open();
    if (opensIn === undefined) return;
    this.note(opened > 0 || opensIn <= EARLY ? opensIn : opensIn + BACK_UP * (1 + Math.random()));
  }

  end(): void {
    this.#hasEnded = true;
    clearTimeout(this.#timer);
  }

  async #onTimer(): Promise<void> {
    this.#firesAt = Infinity;
    try {
      await this.look();
    } catch (error) {
      if (this.#hasEnded) return;
      this.options.onError(error as Error);
      this.note(undefined);
    }
  }
}
