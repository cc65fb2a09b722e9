// Describing an error as data: what is kept of it, and where that ends. Whatever was thrown, the
// description can be stored.
import {
  classNamesOf,
  classNameOf,
  hasOwn,
  isArray,
  isError,
  keysOf,
  propertyOf,
  textOf,
  UNREADABLE,
} from '../lib/careful.js';
import { toTree } from './codec.js';
import { SerializationError } from '../errors.js';

/** The stored form of a failure. */
export interface FailureData {
  name: string;
  message: string;
  /**
   * The names of its class and of those above, but for Error; left out where the name says as much.
   */
  classes?: string[];
  stack?: string;
  code?: string;
  cause?: FailureData;
  /** Those of an AggregateError. */
  errors?: FailureData[];
  /** The error's other own fields, as far as they can be stored, as the codec writes them. */
  fields?: Record<string, unknown>;
}

/**
 * How deep errors are kept within errors: deeper ones are left out, since a chain of causes may be
 * cyclic.
 */
const MAX_DEPTH = 9;
/**
 * How many errors are kept of one, all told: each has a stack, and those of an AggregateError may
 * refer to it.
 */
const MAX_ERRORS = 100;
/**
 * How many characters are kept of a message or a stack, and of a name or a code. JSON of more than
 * 512 MB cannot be made.
 */
const MAX_TEXT = 1_000_000;
const MAX_NAME = 1_000;
/** How many classes are kept of one error. */
const MAX_CLASSES = 10;
const NATIVE_NAMES = new Set(
  [
    Error,
    AggregateError,
    EvalError,
    RangeError,
    ReferenceError,
    SyntaxError,
    TypeError,
    URIError,
  ].map(({ name }) => name),
);
const KNOWN_FIELDS = new Set(['name', 'message', 'stack', 'cause']);
const CANNOT_BE_READ = 'its message cannot be read: reading it throws';

// One error is described at a time, and those in it while it is: also those that the codec finds in
// its fields.
let depth = 0;
let left = 0;

/**
 * Describes anything that was thrown, and leaves out what of it cannot be read or stored. Throws
 * nothing, but within an error where that would be too much: the codec leaves it out there.
 */
export function describe(thrown: unknown): FailureData {
  if (depth === 0) left = MAX_ERRORS;
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
  // By the name of its class: also a Failure of another copy of this module.
  const isFailure =
    typeof thrown === 'object' && thrown !== null && classNameOf(thrown) === 'Failure';
  return (
    (isFailure && storedForm(thrown)) || { name: 'Error', message: `thrown: ${printable(thrown)}` }
  );
}

function storedForm(failure: object): FailureData | undefined {
  try {
    return storable((failure as { toJSON(): unknown }).toJSON());
  } catch {
    return undefined;
  }
}

function describeError(error: Error): FailureData {
  const stack = propertyOf(error, 'stack');
  const code = codeOf(error);
  const errors = describeErrors(error);
  const fields = describeFields(error, errors !== undefined);
  const classes = classesOf(error);
  const name = describeName(error, classes[0]);
  return {
    name,
    message: textOfProperty(error, 'message', MAX_TEXT) ?? CANNOT_BE_READ,
    ...(isTelling(classes, name) && { classes }),
    // `Error.prepareStackTrace` makes anything of it.
    ...(typeof stack === 'string' && stack !== '' && { stack: textOf(stack, MAX_TEXT) }),
    ...(code !== undefined && { code }),
    ...describeCause(error),
    ...(errors && { errors }),
    ...(Object.keys(fields).length > 0 && { fields }),
  };
}

/**
 * The classes of errors that were made of a failure: the class itself may be in another process.
 */
const classesOfMade = new WeakMap<Error, readonly string[]>();

/** Remembers, of an error that was made of a failure, what its classes were. */
export function noteClasses(error: Error, classes: readonly string[]): void {
  classesOfMade.set(error, classes);
}

function classesOf(error: Error): string[] {
  return [
    ...(classesOfMade.get(error) ??
      classNamesOf(error, MAX_CLASSES).map((name) => name.slice(0, MAX_NAME))),
  ];
}

/**
 * A class that says no name inherits that of the native class above it, which says nothing of it.
 */
function describeName(error: Error, ownClass: string | undefined): string {
  const name = textOfProperty(error, 'name', MAX_NAME);
  const isInherited = name !== undefined && NATIVE_NAMES.has(name) && !hasOwn(error, 'name');
  return (isInherited ? ownClass : undefined) ?? name ?? ownClass ?? 'Error';
}

function isTelling(classes: readonly string[], name: string): boolean {
  return classes.length > 1 || (classes.length === 1 && classes[0] !== name);
}

function textOfProperty(error: Error, key: string, most: number): string | undefined {
  const value = propertyOf(error, key);
  return value === UNREADABLE ? undefined : textOf(value, most);
}

function codeOf(error: Error): string | undefined {
  const code = propertyOf(error, 'code');
  return code === undefined || code === UNREADABLE ? undefined : textOf(code, MAX_NAME);
}

function describeCause(error: Error): { cause?: FailureData } {
  const cause = propertyOf(error, 'cause');
  return cause === undefined || cause === UNREADABLE || !hasRoom()
    ? {}
    : { cause: describe(cause) };
}

/** The errors of an AggregateError, or of what looks like one. */
function describeErrors(error: Error): FailureData[] | undefined {
  const errors = propertyOf(error, 'errors');
  if (!isArray(errors)) return undefined;
  const some = firstOf(errors);
  const isOne =
    propertyOf(error, 'name') === 'AggregateError' || (some.length > 0 && some.every(isError));
  return isOne ? some.flatMap((one) => (hasRoom() ? [describe(one)] : [])) : undefined;
}

/** As many as may be kept: an array may have four thousand million holes. */
function firstOf(errors: unknown[]): unknown[] {
  try {
    return Array.from({ length: Math.min(errors.length, MAX_ERRORS) }, (_, i) => errors[i]);
  } catch {
    return [];
  }
}

function describeFields(error: Error, hasErrors: boolean): Record<string, unknown> {
  const kept: [string, unknown][] = [];
  for (const key of keysOf(error)) {
    if (KNOWN_FIELDS.has(key) || (key === 'errors' && hasErrors)) continue;
    const value = propertyOf(error, key);
    if (
      value === undefined ||
      value === UNREADABLE ||
      (key === 'code' && typeof value === 'string')
    )
      continue;
    try {
      // A copy: plain JSON is the user's own object, which may be changed before the failure is
      // stored.
      kept.push([key, JSON.parse(JSON.stringify(toTree(value, key, refuse)))]);
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
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    if (text !== undefined) return textOf(text, MAX_TEXT) as string;
  } catch {
    // It has no JSON.
  }
  return textOf(value, MAX_TEXT) ?? 'what cannot be read, since reading it throws';
}

/**
 * What can be stored of a failure's data, which somebody else than Drover may have made, or may
 * have changed in Redis. Undefined where it has no name and message.
 */
export function storable(data: unknown): FailureData | undefined {
  return storableAt(data, { depth: 0, left: MAX_ERRORS });
}

function storableAt(data: unknown, room: { depth: number; left: number }): FailureData | undefined {
  const { name, message, classes, stack, code, cause, errors, fields } = (data ?? {}) as Partial<
    Record<string, unknown>
  >;
  if (typeof name !== 'string' || typeof message !== 'string') return undefined;
  if (room.depth >= MAX_DEPTH || room.left <= 0) return undefined;
  room.left--;
  const inside = (one: unknown): FailureData | undefined => {
    room.depth++;
    const kept = storableAt(one, room);
    room.depth--;
    return kept;
  };
  const keptCause = cause === undefined ? undefined : inside(cause);
  const keptErrors = isArray(errors)
    ? firstOf(errors).flatMap((one) => inside(one) ?? [])
    : undefined;
  return {
    name,
    message,
    ...(isClasses(classes) && { classes }),
    ...(typeof stack === 'string' && { stack }),
    ...(typeof code === 'string' && { code }),
    ...(keptCause && { cause: keptCause }),
    ...(keptErrors && { errors: keptErrors }),
    ...(isTree(fields) && { fields }),
  };
}

function isClasses(classes: unknown): classes is string[] {
  return (
    isArray(classes) &&
    classes.length <= MAX_CLASSES &&
    classes.every((name) => typeof name === 'string')
  );
}

/** Whether it can be written as JSON: what is nested too deep, or is cyclic, cannot. */
function isTree(fields: unknown): fields is Record<string, unknown> {
  if (typeof fields !== 'object' || fields === null || isArray(fields)) return false;
  try {
    JSON.stringify(fields);
    return true;
  } catch {
    return false;
  }
}
