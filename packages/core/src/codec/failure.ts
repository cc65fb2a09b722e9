// A failure: an error as data, with its causes and own fields, to store, to show, and to throw
// again.
import { isError, isInstance } from '../lib/careful.js';
import { NATIVE_ERRORS } from '../lib/thrown.js';
import { fromTree } from './codec.js';
import { addKind } from './kinds.js';
import { damaged } from './reader.js';
import { describe, noteClasses } from './describe-error.js';
import { storable, type FailureData } from './failure-data.js';

export type { FailureData } from './failure-data.js';

/** The result of a job that failed. `toError()` gives it back as an Error to throw. */
export class Failure {
  #fields: Readonly<Record<string, unknown>> | undefined;

  private constructor(private readonly data: FailureData) {
    if (typeof data?.name !== 'string' || typeof data.message !== 'string')
      throw new TypeError('a Failure is made by Failure.from(error)');
  }

  /**
   * Makes a failure of anything that was thrown, without the parts that cannot be read or stored.
   * Throws nothing; the failure can be stored in any case (J3).
   */
  static from(thrown: unknown): Failure {
    // Not `instanceof`: a Proxy of a failure has none of its fields.
    if (typeof thrown === 'object' && thrown !== null && #fields in thrown) return thrown;
    try {
      return new Failure(describe(thrown));
    } catch {
      return new Failure({ name: 'Error', message: 'thrown: an error that cannot be read' });
    }
  }

  /** Makes a failure of its stored form. @throws TypeError where it has no name and message */
  static fromJSON(data: FailureData): Failure {
    return new Failure(storable(data) as FailureData);
  }

  get name(): string {
    return this.data.name;
  }

  /**
   * The names of the error's class and of the classes above it, without `Error`, as in the process
   * that threw it.
   */
  get classes(): readonly string[] {
    const { classes, name } = this.data;
    return classes ?? (name === 'Error' ? [] : [name]);
  }

  get message(): string {
    return this.data.message;
  }

  get stack(): string | undefined {
    return this.data.stack;
  }

  get code(): string | undefined {
    return this.data.code;
  }

  /** The cause of the error; undefined if it had none. */
  get cause(): Failure | undefined {
    return this.data.cause && new Failure(this.data.cause);
  }

  /** The errors of an AggregateError; empty for other errors. */
  get errors(): readonly Failure[] {
    return (this.data.errors ?? []).map((data) => new Failure(data));
  }

  /** The error's own further fields. */
  get fields(): Readonly<Record<string, unknown>> {
    return (this.#fields ??= readFields(this.data.fields ?? {}));
  }

  /** An Error with this failure's name, message, stack, code, cause, errors and fields. */
  toError(): Error {
    const error = this.#bareError();
    const { name, stack, code, fields, classes } = this;
    if (classes.length > 0) noteClasses(error, classes);
    const own = { name, ...(stack && { stack }), ...(code && { code: fields['code'] ?? code }) };
    for (const [key, value] of Object.entries({ ...fields, ...own })) {
      const enumerable = key === 'code' || key in fields;
      Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable });
    }
    return error;
  }

  toJSON(): FailureData {
    return this.data;
  }

  toString(): string {
    return `${this.name}: ${this.message}`;
  }

  #bareError(): Error {
    const { message, cause } = this;
    const options = cause && { cause: cause.toError() };
    const errors = this.errors.map((failure) => failure.toError());
    const { classes } = this;
    if (this.name === 'AggregateError' || classes.includes('AggregateError'))
      return new AggregateError(errors, message, options);
    const native = [this.name, ...classes]
      .map((name) => NATIVE_ERRORS.get(name))
      .find((found) => found !== undefined);
    const error = new (native ?? Error)(message, options);
    return errors.length > 0 ? Object.assign(error, { errors }) : error;
  }
}

// A bundler may rename the class. Without its name the codec would not find its kind.
Object.defineProperty(Failure, 'name', { value: 'Failure' });

addKind<Failure>('Failure', {
  is: (value) => isInstance(value, Failure),
  extra: () => undefined,
  write: (failure) => failure.toJSON(),
  make: (data: FailureData) => Failure.fromJSON(checked(data)),
});

addKind<Error>('Error', {
  is: isError,
  // They are its fields.
  extra: () => undefined,
  write: (error, _writeItem, room) => describe(error, room),
  make: (data: FailureData) => Failure.fromJSON(checked(data)).toError(),
});

function checked(data: FailureData): FailureData {
  if (typeof data.name !== 'string' || typeof data.message !== 'string') throw damaged();
  return data;
}

/** Leaves out a field whose codec is not defined here, or cannot decode it. */
function readFields(stored: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const read = Object.keys(stored).flatMap((key): [string, unknown][] => {
    try {
      // A clone: reading changes the tree.
      return [[key, fromTree(structuredClone(stored[key]), noJob)]];
    } catch {
      return [];
    }
  });
  return Object.fromEntries(read);
}

function noJob(): never {
  throw damaged();
}
