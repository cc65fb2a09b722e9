// How long a dispatcher that stops waits for the jobs that it runs (D6).
import { timerDelay } from '@drover/core/internal';

/** Ends at the earliest of the times that callers ask for. */
export class Grace {
  #end = Infinity;
  #timer: NodeJS.Timeout | undefined;
  #finish: () => void = () => {};
  readonly #over = new Promise<void>((resolve) => (this.#finish = resolve));

  /** Ends in `ms` at the latest. A later end than the one before changes nothing. */
  limit(ms: number): void {
    const end = performance.now() + ms;
    if (end >= this.#end) return;
    this.#end = end;
    clearTimeout(this.#timer);
    if (ms === 0) this.#finish();
    else this.#timer = setTimeout(this.#finish, timerDelay(ms));
  }

  /** Resolves with `idle`, or at the end of the time. Then `limit` changes nothing any more. */
  async wait(idle: Promise<void>): Promise<void> {
    await Promise.race([idle, this.#over]);
    this.stop();
  }

  /** Ends the wait without resolving it. */
  stop(): void {
    this.#end = -Infinity;
    clearTimeout(this.#timer);
  }
}
