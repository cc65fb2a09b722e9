// Describing an error as data: what is kept of it, and where that ends.
import { toTree } from './codec.js';
import { isError, kindNameOf } from './codec/kinds.js';
import { SerializationError } from './errors.js';

/** The stored form of a failure. */
export interface FailureData {
  name: string;
  message: string;
  stack?: string;
  code?: string;
  cause?: FailureData;
  /** Those of an AggregateError. */
  errors?: FailureData[];
  /** The error's other own fields, as far as they can be stored, as the codec writes them. */
  fields?: Record<string, unknown>;
}

/** How deep errors are kept within errors: deeper ones are left out, since a chain of causes may be cyclic. */
const MAX_DEPTH = 9;
/** How many errors are kept of one, all told: each has a stack, and those of an AggregateError may refer to it. */
const MOST_ERRORS = 100;
const KNOWN_FIELDS = new Set(['name', 'message', 'stack', 'cause']);

// One error is described at a time, and those in it while it is: also those that the codec finds in its fields.
let depth = 0;
let left = 0;

/** Describes anything that was thrown. Throws where it cannot be read, or within an error where that would be too much. */
export function describe(thrown: unknown): FailureData {
  if (depth === 0) left = MOST_ERRORS;
  if (!hasRoom()) throw new SerializationError('error', 'holds too many others');
  depth++;
  left--;
  try {
    return isError(thrown) ? describeError(thrown) : describeOther(thrown);
  } finally {
    depth--;
  }
}

function hasRoom(): boolean {
  return depth < MAX_DEPTH && left > 0;
}

function describeOther(thrown: unknown): FailureData {
  const isFailure = typeof thrown === 'object' && thrown !== null && kindNameOf(thrown) === 'Failure';
  if (isFailure) return (thrown as { toJSON(): FailureData }).toJSON();
  return { name: 'Error', message: `thrown: ${printable(thrown)}` };
}

function describeError(error: Error): FailureData {
  const { name, message, stack, cause, code } = error as Error & { code?: unknown };
  const hasCause = cause !== undefined && hasRoom();
  const described = hasCause ? { cause: describe(cause) } : {};
  const errors = aggregated(error)?.flatMap((one) => (hasRoom() ? [describe(one)] : []));
  const fields = describeFields(error, errors !== undefined);
  return {
    name: String(name),
    message: String(message),
    ...(stack && { stack }),
    ...(code !== undefined && { code: String(code) }),
    ...described,
    ...(errors && { errors }),
    ...(Object.keys(fields).length > 0 && { fields }),
  };
}

/** The errors of an AggregateError, or of what looks like one. */
function aggregated(error: Error): unknown[] | undefined {
  const { errors } = error as { errors?: unknown };
  if (!Array.isArray(errors)) return undefined;
  return error.name === 'AggregateError' || (errors.length > 0 && errors.every(isError)) ? errors : undefined;
}

function describeFields(error: Error, hasErrors: boolean): Record<string, unknown> {
  const kept: [string, unknown][] = [];
  for (const [key, value] of Object.entries(error)) {
    const isKnown = KNOWN_FIELDS.has(key) || (key === 'code' && typeof value === 'string');
    if (isKnown || value === undefined || (key === 'errors' && hasErrors)) continue;
    try {
      kept.push([key, toTree(value, key, refuse)]);
    } catch {
      // It cannot be stored. A failure is stored all the same.
    }
  }
  return Object.fromEntries(kept);
}

/** A failure knows no queue, and so can make no handles of jobs. */
function refuse(): never {
  throw new SerializationError('error', 'holds a job');
}

function printable(value: unknown): string {
  try {
    return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  } catch {
    return String(value);
  }
}
