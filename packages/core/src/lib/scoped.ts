// A value that functions further down the stack can read while one function runs, and none after it
// has returned.

export class Scoped<T> {
  /**
   * The innermost is the last: a codec of the user's, or a getter, may call what opens another
   * scope.
   */
  readonly #values: T[] = [];

  /** Calls `act`, which must not be async, with `value` as the innermost. */
  during<R>(value: T, act: () => R): R {
    this.#values.push(value);
    try {
      return act();
    } finally {
      this.#values.pop();
    }
  }

  get innermost(): T | undefined {
    return this.#values.at(-1);
  }

  /** All of them, the innermost last. */
  get all(): readonly T[] {
    return this.#values;
  }
}
