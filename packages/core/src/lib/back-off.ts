// How long to wait before something is tried again.

/** In ms. */
export interface BackOff {
  /** Before the second attempt: it doubles with each. */
  firstDelay: number;
  mostDelay: number;
}

/** `firstDelay`, doubled with each attempt, numbered from 0: at most `mostDelay`. */
export function doubled(attempt: number, { firstDelay, mostDelay }: BackOff): number {
  return Math.min(firstDelay * 2 ** Math.min(attempt, 60), mostDelay);
}

/** Shortens a delay by chance, by up to the part `jitter` of it (0 to 1). */
export function jittered(delay: number, jitter: number): number {
  return delay * (1 - jitter * Math.random());
}

/**
 * Milliseconds to wait after an attempt, numbered from 0: between half and all of its delay.
 * Otherwise everything that failed together would be tried again in step.
 */
export function delayAfter(attempt: number, backOff: BackOff): number {
  return jittered(doubled(attempt, backOff), 0.5);
}
