// Registries of tasks, retry policies and codecs. Jobs store their names, each defined once (J1).
import { DuplicateNameError, InvalidArgumentError } from '../errors.js';
import { isText } from './names.js';
import { describeValue } from './describe-value.js';
import { checkOptions } from './unknown-options.js';

/** How a name is defined. */
export interface DefineOptions {
  /** Replaces another definition of that name, which otherwise is an error. Default: false. */
  replace?: boolean;
}

/** @throws InvalidArgumentError */
export function checkDefineOptions(of: string, options: unknown): void {
  checkOptions(of, options, ['replace'] satisfies (keyof DefineOptions)[]);
}

/** The functions, classes and texts that tell one definition from another. */
export type Identity = readonly unknown[];

interface Entry<T> {
  value: T;
  identity: Identity;
  /** Its stack says where the name was defined. It becomes text only when an error needs it. */
  defined: { stack?: string };
}

export class Registry<T> {
  readonly #byName = new Map<string, Entry<T>>();

  constructor(private readonly kind: string) {}

  /**
   * Registers `make()` under `name`, or returns the value that is registered with the same
   * `identity`. An identity of the same source text is from a module that was evaluated again: then
   * the new value replaces the old one.
   * @param definedBy the function that users call: errors name the place of that call
   * @throws DuplicateNameError where the name has another definition, and `replace` is not true;
   *   InvalidArgumentError for a bad name or option.
   */
  define<V extends T>(
    name: string,
    identity: Identity,
    make: () => V,
    { replace = false }: DefineOptions = {},
    definedBy: (...args: never[]) => unknown = this.define,
  ): V {
    if (typeof name !== 'string' || name === '' || name.length > 200 || !isText(name)) {
      throw new InvalidArgumentError(
        `the name of a ${this.kind} must be a string of 1 to 200 whole characters`,
      );
    }
    if (typeof replace !== 'boolean') {
      throw new InvalidArgumentError(
        `replace, of the ${this.kind} ${describeValue(name)}, must be true or false`,
      );
    }
    const known = this.#byName.get(name);
    if (known && isSame(known.identity, identity)) return known.value as V;
    if (known && !replace && !isSame(known.identity, identity, sourceOf))
      throw this.#duplicate(name, known);
    const value = make();
    const defined = {};
    Error.captureStackTrace(defined, definedBy);
    this.#byName.set(name, { value, identity, defined });
    return value;
  }

  get(name: string): T | undefined {
    return this.#byName.get(name)?.value;
  }

  /** In the order of their definitions. */
  names(): string[] {
    return [...this.#byName.keys()];
  }

  #duplicate(name: string, { defined }: Entry<T>): DuplicateNameError {
    const place = placeIn(defined.stack);
    const where = place === undefined ? '' : ` (at ${place})`;
    return new DuplicateNameError(
      `the ${this.kind} ${describeValue(name)} is already defined, with another function` +
        `${where}: names must be unique. Where the new one is to take its place, define it with ` +
        '{ replace: true }',
    );
  }
}

/** File, line and column of the first frame: `at name (file:1:2)`, or `at file:1:2`. */
function placeIn(stack = ''): string | undefined {
  const frame = stack.split('\n').at(1);
  return frame && (/\(([^()]+)\)$/.exec(frame) ?? /at (.+)$/.exec(frame))?.[1];
}

function isSame(
  a: Identity,
  b: Identity,
  of: (part: unknown) => unknown = (part) => part,
): boolean {
  return a.length === b.length && a.every((part, i) => part === b[i] || of(part) === of(b[i]));
}

/** The source text of a function or a class; a bound function has none, and stands for itself. */
function sourceOf(part: unknown): unknown {
  if (typeof part !== 'function') return part;
  const text = Function.prototype.toString.call(part);
  return text.endsWith('{ [native code] }') ? part : text;
}
