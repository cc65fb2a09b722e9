// How long a dispatcher that stops waits for the jobs that it runs (D6).
import { timerDelay } from '@drover/core/internal';

/** Durations at the earliest time that a caller has asked for. */
export class Grace {
  #end = Infinity;
  #timer: NodeJS.Timeout | undefined;
  #finish: () => void = () => {};
  readonly #over = new Promise<void>((resolve) => (this.#finish = resolve));

  /** Waits for at most `ms` from now on. A later end than the one that stands changes nothing. */
  limit(ms: number): void {
    const end = performance.now() + ms;
    if (end >= this.#end) return;
    this.#end = end;
    clearTimeout(this.#timer);
    if (ms === 0) this.#finish();
    else this.#timer = setTimeout(this.#finish, timerDelay(ms));
  }

  /** Resolves when `idle` does, or the time is over. From then on `limit` changes nothing. */
  async wait(idle: Promise<void>): Promise<void> {
    await Promise.race([idle, this.#over]);
    this.stop();
  }

  /** Nobody waits any more. */
  stop(): void {
    this.#end = -Infinity;
    clearTimeout(this.#timer);
  }
}
