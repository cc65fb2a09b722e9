// Named things that a job stores by name: tasks and retry policies.
import { DuplicateNameError, InvalidArgumentError } from './errors.js';
import { isText } from './names.js';
import { shown } from './shown.js';

/** A set of named things, each defined once (J1). */
export class Registry<T> {
  readonly #byName = new Map<string, { value: T; identity: unknown }>();

  constructor(private readonly kind: string) {}

  /**
   * Registers `make()` under `name`, or gives what is there already for the same `identity`.
   * @throws DuplicateNameError where the name stands for something else; InvalidArgumentError for an odd name.
   */
  define<V extends T>(name: string, identity: unknown, make: () => V): V {
    if (typeof name !== 'string' || name === '' || name.length > 200 || !isText(name)) {
      throw new InvalidArgumentError(`the name of a ${this.kind} must be a string of 1 to 200 whole characters`);
    }
    const known = this.#byName.get(name);
    if (known) {
      if (known.identity === identity) return known.value as V;
      throw new DuplicateNameError(
        `the ${this.kind} ${shown(name)} is already defined, with another function: names must be unique`,
      );
    }
    const value = make();
    this.#byName.set(name, { value, identity });
    return value;
  }

  get(name: string): T | undefined {
    return this.#byName.get(name)?.value;
  }

  names(): string[] {
    return [...this.#byName.keys()];
  }
}
