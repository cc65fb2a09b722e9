// Turns off the regular look of all waits of this process: they have to end by an event.
const REGULAR_LOOK = 2_000;
const { setInterval: startInterval } = globalThis;
globalThis.setInterval = ((action: () => void, ms?: number) =>
  startInterval(ms === REGULAR_LOOK ? () => {} : action, ms)) as typeof setInterval;

export {};
