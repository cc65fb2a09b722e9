// Keeps the last `size` items: when it is full, a new item replaces the oldest.

export class Ring<T> implements Iterable<T> {
  readonly #slots: T[] = [];
  #next = 0;

  constructor(private readonly size: number) {}

  push(item: T): void {
    this.#slots[this.#next] = item;
    this.#next = (this.#next + 1) % this.size;
  }

  find(matches: (item: T) => boolean): T | undefined {
    return this.#slots.find(matches);
  }

  /** The newest first. */
  *[Symbol.iterator](): Iterator<T> {
    const { length } = this.#slots;
    for (let back = 1; back <= length; back++)
      yield this.#slots[(this.#next - back + length) % length] as T;
  }
}
