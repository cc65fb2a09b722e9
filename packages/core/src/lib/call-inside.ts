// Calls a function inside middleware: functions of the user's around a run or a put.
import { BadStatusError } from '../errors.js';

/** One middleware. `next` calls the middleware inside this one, or the function itself. */
type MiddlewareOf<S> = (subject: S, next: () => Promise<unknown>) => unknown;

/** The promise of `next`, which knows whether it was awaited. */
class Next extends Promise<unknown> {
  isAwaited = false;

  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  override then<A, B>(
    onValue?: ((value: unknown) => A | PromiseLike<A>) | null,
    onError?: ((thrown: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.isAwaited = true;
    return super.then(onValue, onError);
  }

  /** Its error is no unhandled rejection: the middleware's own end says what is wrong. */
  beQuiet(): this {
    super.then(undefined, () => {});
    return this;
  }
}

/**
 * Calls `inner` inside the middleware, whose first one is the outermost.
 * @param subject given to each of them, and named in errors
 * @param once says in errors why `next` may be called once
 * @throws what the outermost one throws; BadStatusError where one calls `next` twice, or does not
 *   await it
 */
export async function callInside<S>(
  middleware: readonly MiddlewareOf<S>[],
  subject: S,
  inner: () => unknown,
  once: string,
): Promise<unknown> {
  const [outermost, ...others] = middleware;
  if (!outermost) return await inner();
  let inside: { ended: Promise<unknown>; next: Next; hasEnded: boolean } | undefined;
  let misuse: BadStatusError | undefined;
  const next = (): Promise<unknown> => {
    if (inside) {
      misuse = new BadStatusError(
        `a middleware called next() twice, for ${String(subject)}: ${once}`,
      );
      return new Next((_, reject) => reject(misuse)).beQuiet();
    }
    const called = callInside(others, subject, inner, once);
    const ended = called.then(noteEnd, noteEnd);
    inside = { ended, next: new Next((resolve) => resolve(called)).beQuiet(), hasEnded: false };
    return inside.next;
  };
  const noteEnd = (): void => {
    if (inside) inside.hasEnded = true;
  };
  let end: { value: unknown } | { thrown: unknown };
  try {
    end = { value: await outermost(subject, next) };
  } catch (thrown) {
    end = { thrown };
  }
  const isEarly = inside && !(inside.hasEnded && inside.next.isAwaited);
  // Without this the subject would end, and what is inside go on.
  await inside?.ended;
  if (misuse) throw misuse;
  if ('thrown' in end) throw end.thrown;
  if (isEarly)
    throw new BadStatusError(
      `a middleware did not await its next(), for ${String(subject)}: return it, or await it`,
    );
  return end.value;
}
