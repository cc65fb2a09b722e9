// Timers hold no more than 31 bits of milliseconds: what is longer would fire at once.

const LONGEST = 2 ** 31 - 1;

/** The time for a timer: a longer one is some 25 days, or never. */
export function timerDelay(ms: number): number {
  return Math.min(ms, LONGEST);
}
