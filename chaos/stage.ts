// The steps of a run. Each has a bound, and says its name when it is late. All that the steps have
// started is ended in the reverse order.
import { within } from '#kit/wait';

/** ms for a step that takes a second or two on a machine with nothing else to do. */
const BOUND = 60_000;

export class Stage {
  readonly #ends: { name: string; end: () => unknown }[] = [];

  /**
   * @param who says in errors which run it is
   * @param tell is told of each error while all is ended
   */
  constructor(
    private readonly who: string,
    private readonly tell: (error: unknown) => void = console.error,
  ) {}

  /** Rejects where the step has not ended after so many ms. */
  async step<T>(name: string, doing: Promise<T>, ms = BOUND): Promise<T> {
    return await within(doing, ms, () => `${this.who}: ${name} takes longer than ${ms} ms`);
  }

  /** How to end what a step has started. */
  endLater(name: string, end: () => unknown): void {
    this.#ends.push({ name, end });
  }

  /** Ends all that was started, each in so many ms. An end that fails or is late is told of. */
  async clear(ms = BOUND): Promise<void> {
    for (const { name, end } of this.#ends.splice(0).reverse()) {
      try {
        await this.step(name, Promise.resolve(end()), ms);
      } catch (error) {
        this.tell(error);
      }
    }
  }
}
