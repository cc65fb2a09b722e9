// The stored form of a failure, and the bounds of it.
import { isArray } from '../lib/careful.js';
import { MAX_CLASSES } from '../lib/thrown.js';

/** The stored form of a failure. */
export interface FailureData {
  name: string;
  message: string;
  /**
   * The names of its class and of those above, without Error. Absent where `name` says the same.
   */
  classes?: string[];
  stack?: string;
  code?: string;
  cause?: FailureData;
  /** The errors of an AggregateError. */
  errors?: FailureData[];
  /** The error's other own fields that can be stored, as the codec writes them. */
  fields?: Record<string, unknown>;
}

/** How deep errors are kept within errors: a chain of causes may be cyclic. */
const MAX_DEPTH = 9;
/**
 * How many errors are kept of one in all: each has a stack, and the errors of an AggregateError may
 * refer to it.
 */
const MAX_ERRORS = 100;

/** Counts the errors within one error, while its data is made. */
export class ErrorRoom {
  #depth = 0;
  #left = MAX_ERRORS;

  get isFull(): boolean {
    return this.#depth >= MAX_DEPTH || this.#left <= 0;
  }

  /** Makes the data of one more error. Errors that `make` meets are within that one. */
  within<T>(make: () => T): T {
    this.#depth++;
    this.#left--;
    try {
      return make();
    } finally {
      this.#depth--;
    }
  }
}

/**
 * The parts of a failure's data that can be stored: a user may have made it, or changed it in
 * Redis. Undefined where it has no name or no message, or the room is full.
 */
export function storable(data: unknown, room = new ErrorRoom()): FailureData | undefined {
  const { name, message, classes, stack, code, cause, errors, fields } = (data ?? {}) as Partial<
    Record<string, unknown>
  >;
  if (typeof name !== 'string' || typeof message !== 'string' || room.isFull) return undefined;
  return room.within(() => {
    const keptCause = storable(cause, room);
    return {
      name,
      message,
      ...(isClasses(classes) && { classes }),
      ...(typeof stack === 'string' && { stack }),
      ...(typeof code === 'string' && { code }),
      ...(keptCause && { cause: keptCause }),
      ...(isArray(errors) && {
        errors: firstOf(errors).flatMap((one) => storable(one, room) ?? []),
      }),
      ...(isTree(fields) && { fields }),
    };
  });
}

function isClasses(classes: unknown): classes is string[] {
  return (
    isArray(classes) &&
    classes.length <= MAX_CLASSES &&
    classes.every((name) => typeof name === 'string')
  );
}

/** Whether it can be written as JSON: a cyclic value, or one that is nested too deep, cannot. */
function isTree(fields: unknown): fields is Record<string, unknown> {
  if (typeof fields !== 'object' || fields === null || isArray(fields)) return false;
  try {
    JSON.stringify(fields);
    return true;
  } catch {
    return false;
  }
}

/** As many as are kept: an array may have four thousand million holes. */
export function firstOf(errors: unknown[]): unknown[] {
  try {
    return Array.from({ length: Math.min(errors.length, MAX_ERRORS) }, (_, i) => errors[i]);
  } catch {
    return [];
  }
}
