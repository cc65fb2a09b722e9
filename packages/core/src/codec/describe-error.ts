// Describes anything that was thrown as data that can be stored, whatever it holds.
import {
  classNameOf,
  isArray,
  isError,
  keysOf,
  propertyOf,
  textOf,
  UNREADABLE,
} from '../lib/careful.js';
import {
  errorClassesOf,
  MAX_NAME,
  MAX_TEXT,
  messageOfError,
  messageOfOther,
  nameOfError,
} from '../lib/thrown.js';
import { toTree } from './codec.js';
import { SerializationError } from '../errors.js';
import { firstOf, MAX_DEPTH, MAX_ERRORS, storable, type FailureData } from './failure-data.js';

const KNOWN_FIELDS = new Set(['name', 'message', 'stack', 'cause']);

// Errors are described one at a time. `describe` calls itself for the errors in an error, also by
// way of the codec, which finds errors in its fields.
let depth = 0;
let left = 0;

/**
 * Describes anything that was thrown, without the parts that cannot be read or stored. Throws only
 * within the description of another error that is full: there the codec leaves the field out.
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
  // By the name of its class: also a Failure of another copy of this package.
  const isFailure =
    typeof thrown === 'object' && thrown !== null && classNameOf(thrown) === 'Failure';
  return (isFailure && storedForm(thrown)) || { name: 'Error', message: messageOfOther(thrown) };
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
  const name = nameOfError(error, classes);
  return {
    name,
    message: messageOfError(error),
    ...(isTelling(classes, name) && { classes }),
    // `Error.prepareStackTrace` may make anything of it.
    ...(typeof stack === 'string' && stack !== '' && { stack: textOf(stack, MAX_TEXT) }),
    ...(code !== undefined && { code }),
    ...describeCause(error),
    ...(errors && { errors }),
    ...(Object.keys(fields).length > 0 && { fields }),
  };
}

/** The classes of errors that `toError` made: their classes may exist only in another process. */
const classesOfMade = new WeakMap<Error, readonly string[]>();

/** Remembers the classes of the failure that an error was made of. */
export function noteClasses(error: Error, classes: readonly string[]): void {
  classesOfMade.set(error, classes);
}

function classesOf(error: Error): string[] {
  return [...(classesOfMade.get(error) ?? errorClassesOf(error))];
}

function isTelling(classes: readonly string[], name: string): boolean {
  return classes.length > 1 || (classes.length === 1 && classes[0] !== name);
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

/** The errors of an AggregateError, or of an error that looks like one. */
function describeErrors(error: Error): FailureData[] | undefined {
  const errors = propertyOf(error, 'errors');
  if (!isArray(errors)) return undefined;
  const some = firstOf(errors);
  const isOne =
    propertyOf(error, 'name') === 'AggregateError' || (some.length > 0 && some.every(isError));
  return isOne ? some.flatMap((one) => (hasRoom() ? [describe(one)] : [])) : undefined;
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
      // A copy: the user may change the object before the failure is stored.
      kept.push([key, JSON.parse(JSON.stringify(toTree(value, key, refuse)))]);
    } catch {
      // A field that cannot be stored is left out.
    }
  }
  return Object.fromEntries(kept);
}

/** A failure has no queue, so it cannot make handles of jobs. */
function refuse(): never {
  throw new SerializationError('error', 'holds a job');
}
