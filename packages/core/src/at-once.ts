// Functions of the user's which are to answer at once, and may be async by mistake: their promise is no answer, and a rejection of
// it, which nobody waits for, would end the process.
import { propertyOf } from './careful.js';
import { shown } from './shown.js';

/**
 * Whether `answer` is a promise, or has a `then` as one. Its rejection is told `onRejected`, and to nobody else.
 * Throws nothing.
 */
export function ignoreRejection(answer: unknown, onRejected: (reason: unknown) => void = () => {}): boolean {
  const isObject = (typeof answer === 'object' && answer !== null) || typeof answer === 'function';
  const then = isObject && propertyOf(answer, 'then');
  if (typeof then !== 'function') return false;
  try {
    // What `then` of the user's gives may reject as well.
    const next: unknown = Reflect.apply(then, answer, [undefined, onRejected]);
    if (next !== answer && next instanceof Promise) next.catch(() => {});
  } catch (error) {
    onRejected(error);
  }
  return true;
}

/** An answer that may not be given, as an error may show it. A promise among them has no rejection any more that nobody hears. */
export function oddAnswer(answer: unknown): string {
  return ignoreRejection(answer) ? 'a promise' : shown(answer);
}
