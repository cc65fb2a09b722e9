// Middleware: functions of the user's around each run (J11).
import { BadStatusError, InvalidArgumentError, type Job } from '@drover/core';
import { describeValue } from '@drover/core/internal';

/**
 * Is called around each run of a task: see `Dispatcher.use`.
 * @param job the job that runs, as `local.getJob()` gives it
 * @param next calls the middleware inside this one, or the task, and gives its result
 * @returns the result of the run
 */
export type Middleware = (job: Job, next: () => Promise<unknown>) => unknown;

/** @throws InvalidArgumentError where it is no function */
export function checkMiddleware(middleware: unknown): asserts middleware is Middleware {
  if (typeof middleware === 'function') return;
  throw new InvalidArgumentError(
    `use takes a function, async (job, next) => …, but got ${describeValue(middleware)}`,
  );
}

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
 * Calls `task` inside the middleware, whose first one is the outermost.
 * @throws what the outermost one throws; BadStatusError where one calls `next` twice, or does not
 *   await it
 */
export async function callInside(
  middleware: readonly Middleware[],
  job: Job,
  task: () => unknown,
): Promise<unknown> {
  const [outermost, ...others] = middleware;
  if (!outermost) return await task();
  let inside: { ended: Promise<unknown>; next: Next; hasEnded: boolean } | undefined;
  let misuse: BadStatusError | undefined;
  const next = (): Promise<unknown> => {
    if (inside) {
      misuse = new BadStatusError(
        `a middleware called next() twice, for ${String(job)}: a run is one call of its task. ` +
          'A retry policy lets the job run again',
      );
      return new Next((_, reject) => reject(misuse)).beQuiet();
    }
    const called = callInside(others, job, task);
    const ended = called.then(noteEnd, noteEnd);
    inside = { ended, next: new Next((resolve) => resolve(called)).beQuiet(), hasEnded: false };
    return inside.next;
  };
  const noteEnd = (): void => {
    if (inside) inside.hasEnded = true;
  };
  let end: { value: unknown } | { thrown: unknown };
  try {
    end = { value: await outermost(job, next) };
  } catch (thrown) {
    end = { thrown };
  }
  const isEarly = inside && !(inside.hasEnded && inside.next.isAwaited);
  // The run has not ended before its task: that would go on outside every run.
  await inside?.ended;
  if (misuse) throw misuse;
  if ('thrown' in end) throw end.thrown;
  if (isEarly)
    throw new BadStatusError(
      `a middleware did not await its next(), for ${String(job)}: return it, or await it`,
    );
  return end.value;
}
