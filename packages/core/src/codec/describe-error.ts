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
import { Writer } from './writer.js';
import { SerializationError } from '../errors.js';
import { ErrorRoom, firstOf, storable, type FailureData } from './failure-data.js';

const KNOWN_FIELDS = new Set(['name', 'message', 'stack', 'cause']);

/**
 * Describes anything that was thrown, without the parts that cannot be read or stored.
 * @param room that of the error around this one; default: none is around it
 * @throws SerializationError where the room is full: there the codec leaves the field out
 */
export function describe(thrown: unknown, room = new ErrorRoom()): FailureData {
  if (room.isFull) throw new SerializationError('error', 'holds too many others');
  return room.within(() => (isError(thrown) ? describeError(thrown, room) : describeOther(thrown)));
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

function describeError(error: Error, room: ErrorRoom): FailureData {
  const stack = propertyOf(error, 'stack');
  const code = codeOf(error);
  const errors = describeErrors(error, room);
  const fields = describeFields(error, room, errors !== undefined);
  const classes = classesOf(error);
  const name = nameOfError(error, classes);
  return {
    name,
    message: messageOfError(error),
    ...(isTelling(classes, name) && { classes }),
    // `Error.prepareStackTrace` may make anything of it.
    ...(typeof stack === 'string' && stack !== '' && { stack: textOf(stack, MAX_TEXT) }),
    ...(code !== undefined && { code }),
    ...describeCause(error, room),
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

function describeCause(error: Error, room: ErrorRoom): { cause?: FailureData } {
  const cause = propertyOf(error, 'cause');
  return cause === undefined || cause === UNREADABLE || room.isFull
    ? {}
    : { cause: describe(cause, room) };
}

/** The errors of an AggregateError, or of an error that looks like one. */
function describeErrors(error: Error, room: ErrorRoom): FailureData[] | undefined {
  const errors = propertyOf(error, 'errors');
  if (!isArray(errors)) return undefined;
  const some = firstOf(errors);
  const isOne =
    propertyOf(error, 'name') === 'AggregateError' || (some.length > 0 && some.every(isError));
  return isOne ? some.flatMap((one) => (room.isFull ? [] : [describe(one, room)])) : undefined;
}

function describeFields(
  error: Error,
  room: ErrorRoom,
  hasErrors: boolean,
): Record<string, unknown> {
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
      kept.push([key, JSON.parse(JSON.stringify(new Writer(key, refuse, room).write(value)))]);
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
