// Calls functions of the user without awaiting them. Such a function may be async, by mistake or on
// purpose. A rejection of its promise that is not handled would end the process.
import { types } from 'node:util';
import { describeValue } from './describe-value.js';

/** Whether `answer` is a promise. A rejection goes to `onRejected` alone. Throws nothing. */
export function ignoreRejection(
  answer: unknown,
  onRejected: (reason: unknown) => void = () => {},
): boolean {
  // Only a real promise: to call the `then` of a database query would run the query.
  if (!types.isPromise(answer)) return false;
  try {
    void Promise.prototype.then.call(answer, undefined, onRejected);
  } catch (error) {
    onRejected(error);
  }
  return true;
}

/** Describes an answer that is not allowed, for an error. Handles the rejection of a promise. */
export function oddAnswer(answer: unknown): string {
  return ignoreRejection(answer) ? 'a promise' : describeValue(answer);
}

/** Calls a listener. `onFailed` gets what it throws, or rejects with. Throws nothing. */
export function tellSafely(tell: () => unknown, onFailed: (thrown: unknown) => void): void {
  try {
    ignoreRejection(tell(), onFailed);
  } catch (thrown) {
    onFailed(thrown);
  }
}
