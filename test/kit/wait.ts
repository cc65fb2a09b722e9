// Waiting. Where there is an event, a message or a promise, wait for that; `eventually` is for the
// rest.
import { setTimeout as delay } from 'node:timers/promises';

export interface EventuallyOptions {
  /** How long to try, in ms. Default 15,000. */
  timeout?: number;
  /** Between attempts, in ms. Default 10. */
  interval?: number;
}

type Truthy<T> = Exclude<T, undefined | null | false | 0 | ''>;

/**
 * Calls `fn` until it answers something true, and answers with that. An error of `fn` (an `expect`
 * that does not hold yet) counts as "not yet"; after the timeout it is thrown.
 */
export async function eventually<T>(
  fn: () => T | Promise<T>,
  { timeout = 15_000, interval = 10 }: EventuallyOptions = {},
): Promise<Truthy<T>> {
  const end = performance.now() + timeout;
  for (;;) {
    let problem: unknown;
    try {
      const value = await fn();
      if (value) return value as Truthy<T>;
      problem = new Error(`still ${String(value)} after ${timeout} ms: ${fn.toString()}`);
    } catch (error) {
      problem = error;
    }
    if (performance.now() >= end) throw problem;
    await delay(interval);
  }
}

/** Rejects with `message()` where the promise is not settled after `timeout` ms. */
export async function within<T>(
  promise: Promise<T>,
  timeout: number,
  message: () => string,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(message())), timeout);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
