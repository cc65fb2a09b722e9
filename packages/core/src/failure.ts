// A failure: an error as data, with its cause chain and own fields.
import { types } from 'node:util';

/** The stored form of a failure. */
export interface FailureData {
  name: string;
  message: string;
  stack?: string;
  code?: string;
  cause?: FailureData;
  /** The error's other own fields, as far as they are plain JSON. */
  fields?: Record<string, unknown>;
}

/** How deep a chain of causes is kept: deeper ones are cut, since a chain may be cyclic. */
const MAX_CAUSES = 8;
const KNOWN_FIELDS = new Set(['name', 'message', 'stack', 'code', 'cause']);

/** The result of a job that failed. `toError()` gives it back as an Error to throw. */
export class Failure {
  private constructor(private readonly data: FailureData) {}

  /** Makes a failure of anything that was thrown. */
  static from(thrown: unknown): Failure {
    if (thrown instanceof Failure) return thrown;
    try {
      return new Failure(describe(thrown, 0));
    } catch {
      return new Failure({ name: 'Error', message: 'thrown: an error that cannot be read' });
    }
  }

  /** Makes a failure of its stored form. */
  static fromJSON(data: FailureData): Failure {
    return new Failure(data);
  }

  get name(): string {
    return this.data.name;
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

  /** What caused it, where the error had a cause. */
  get cause(): Failure | undefined {
    return this.data.cause && new Failure(this.data.cause);
  }

  /** The error's own further fields. */
  get fields(): Readonly<Record<string, unknown>> {
    return this.data.fields ?? {};
  }

  /** An Error with this failure's name, message, stack, code, cause and fields. */
  toError(): Error {
    const error = new Error(this.message, this.cause && { cause: this.cause.toError() });
    const own = { name: this.name, ...(this.stack && { stack: this.stack }), ...(this.code && { code: this.code }) };
    for (const [key, value] of Object.entries({ ...this.fields, ...own })) {
      Object.defineProperty(error, key, {
        value,
        writable: true,
        configurable: true,
        enumerable: key === 'code' || key in this.fields,
      });
    }
    return error;
  }

  toJSON(): FailureData {
    return this.data;
  }

  toString(): string {
    return `${this.name}: ${this.message}`;
  }
}

function describe(thrown: unknown, depth: number): FailureData {
  if (!isError(thrown)) return { name: 'Error', message: `thrown: ${printable(thrown)}` };
  const { code } = thrown as { code?: unknown };
  const fields = Object.fromEntries(
    Object.entries(thrown).filter(([key, value]) => !KNOWN_FIELDS.has(key) && isPlainJson(value)),
  );
  return {
    name: String(thrown.name),
    message: String(thrown.message),
    ...(thrown.stack && { stack: thrown.stack }),
    ...(code !== undefined && { code: String(code) }),
    ...(thrown.cause !== undefined && depth < MAX_CAUSES && { cause: describe(thrown.cause, depth + 1) }),
    ...(Object.keys(fields).length > 0 && { fields }),
  };
}

/** Also one of another realm, as under jest and in `node:vm`. */
function isError(thrown: unknown): thrown is Error {
  return thrown instanceof Error || types.isNativeError(thrown);
}

function printable(value: unknown): string {
  try {
    return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  } catch {
    return String(value);
  }
}

function isPlainJson(value: unknown): boolean {
  try {
    return value !== undefined && JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
}
