// A fixed number of records: when it is full, the oldest is written anew, so that keeping the last
// ones costs no memory.

export class Ring<T> implements Iterable<T> {
  readonly #slots: T[] = [];
  #next = 0;

  /** @param make makes an empty record: never more than `size` of them. */
  constructor(
    private readonly size: number,
    private readonly make: () => T,
  ) {}

  /** The record to write: a new one, or the oldest. From now on it is the newest. */
  take(): T {
    const at = this.#next;
    this.#next = (at + 1) % this.size;
    return (this.#slots[at] ??= this.make());
  }

  find(matches: (record: T) => boolean): T | undefined {
    return this.#slots.find(matches);
  }

  /** The newest first. */
  *[Symbol.iterator](): Iterator<T> {
    const { length } = this.#slots;
    for (let back = 1; back <= length; back++)
      yield this.#slots[(this.#next - back + length) % length] as T;
  }
}
