// Functions of the user's which Drover calls, and whose promise it does not await: they may be
// async by mistake, or on purpose where they are only to hear of something. A rejection of that
// promise would end the process, since nobody waits for it.
import { types } from 'node:util';
import { describeValue } from './describe-value.js';

/**
 * Whether `answer` is a promise. Its rejection is told `onRejected`, and ends no process. Throws
 * nothing.
 */
export function ignoreRejection(
  answer: unknown,
  onRejected: (reason: unknown) => void = () => {},
): boolean {
  // Not whatever has a `then`: to call that of a query of a database would run the query.
  if (!types.isPromise(answer)) return false;
  try {
    void Promise.prototype.then.call(answer, undefined, onRejected);
  } catch (error) {
    onRejected(error);
  }
  return true;
}

/**
 * An answer that may not be given, as an error may show it. A promise among them has no rejection
 * any more that nobody hears.
 */
export function oddAnswer(answer: unknown): string {
  return ignoreRejection(answer) ? 'a promise' : describeValue(answer);
}

/**
 * Calls what is only to hear of something. `onFailed` is told what it throws, or rejects with.
 * Throws nothing.
 */
export function tellSafely(tell: () => unknown, onFailed: (thrown: unknown) => void): void {
  try {
    ignoreRejection(tell(), onFailed);
  } catch (thrown) {
    onFailed(thrown);
  }
}
