// Errors of ioredis carry the command that failed, with a job's arguments or a password in it:
// nobody is to see those (B2).
import { isArray, propertyOf } from '../lib/careful.js';
import { isReplyError } from './redis-errors.js';

/** How far a chain of causes is followed: it may be cyclic. */
const MAX_CAUSES = 9;

/**
 * Takes the command out of an error, and out of what caused it; gives the error itself. Throws
 * nothing.
 */
export function redacted(error: Error): Error {
  let one: unknown = error;
  for (let i = 0; i < MAX_CAUSES && typeof one === 'object' && one !== null; i++) {
    takeCommandOut(one);
    // Those of a transaction that was given up: each has a command of its own.
    const previousErrors = isReplyError(one) && propertyOf(one, 'previousErrors');
    if (isArray(previousErrors)) previousErrors.forEach(takeCommandOut);
    one = propertyOf(one, 'cause');
  }
  return error;
}

/**
 * An error of the user's, such as the cause of one of Drover's, may be frozen or a Proxy: it is
 * left as it is.
 */
function takeCommandOut(error: unknown): void {
  try {
    delete (error as { command?: unknown }).command;
  } catch {
    // No error of ioredis is so.
  }
}

/** For `promise.catch(throwRedacted)`. */
export function throwRedacted(error: Error): never {
  throw redacted(error);
}
