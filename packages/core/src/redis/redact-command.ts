// Takes commands out of the errors of ioredis: a command may hold a job's arguments, or a password
// (B2).
import { propertyOf } from '../lib/careful.js';

/** How far a chain of causes is followed: it may be cyclic. */
const MAX_CAUSES = 9;

/** Takes the command out of an error and of its causes; returns the error. Throws nothing. */
export function redacted(error: Error): Error {
  let one: unknown = error;
  for (let i = 0; i < MAX_CAUSES && typeof one === 'object' && one !== null; i++) {
    takeCommandOut(one);
    one = propertyOf(one, 'cause');
  }
  return error;
}

/** An error of the user, such as a cause, may be frozen or a Proxy: it stays as it is. */
function takeCommandOut(error: unknown): void {
  try {
    delete (error as { command?: unknown }).command;
  } catch {
    // Errors of ioredis are never frozen.
  }
}

/** For `promise.catch(throwRedacted)`. */
export function throwRedacted(error: Error): never {
  throw redacted(error);
}
