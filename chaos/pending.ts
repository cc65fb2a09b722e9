// All that is under way, each thing with its name: a wait for it has a bound, and says which of
// them is late.
import { within } from '#kit/wait';

export class Pending {
  readonly #names = new Map<Promise<void>, string>();

  /** @param doing must not reject */
  add(name: string, doing: Promise<void>): void {
    this.#names.set(doing, name);
    void doing.finally(() => this.#names.delete(doing));
  }

  /**
   * Resolves when nothing is under way, nor what that has begun, or after so many ms: with the
   * names of all that still is.
   */
  async end(ms: number): Promise<string[]> {
    const late = () => `still under way after ${ms} ms`;
    await within(this.#end(), ms, late).catch(() => {});
    return [...this.#names.values()];
  }

  async #end(): Promise<void> {
    while (this.#names.size > 0) await Promise.all(this.#names.keys());
  }
}
