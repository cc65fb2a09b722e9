// How long to wait before something is tried again that failed for want of Redis.

/** In ms. */
export interface BackOff {
  /** Before the second attempt: it doubles with each. */
  firstDelay: number;
  mostDelay: number;
}

/**
 * Milliseconds to wait after an attempt, numbered from 0: between the half and the whole of its
 * delay, so that what failed together is not tried again in step. A write that a replica refuses
 * makes the client connect anew, which ends what was sent beside it.
 */
export function delayAfter(attempt: number, { firstDelay, mostDelay }: BackOff): number {
  const delay = Math.min(firstDelay * 2 ** Math.min(attempt, 16), mostDelay);
  return delay * (0.5 + Math.random() / 2);
}
