// A clock for histories: it stands still, and moves by whole ticks.

/** ms. What is to be past after two ticks, and not after one, is set to `LATER`. */
export const TICK = 60_000;
export const LATER = 1.5 * TICK;

const realNow = Date.now;
let now = realNow();

/** Stops the clock of this process. */
export function stopClock(): void {
  now = Math.max(now, realNow());
  Date.now = () => now;
}

export function tick(): void {
  now += TICK;
}

export function startClock(): void {
  Date.now = realNow;
}
