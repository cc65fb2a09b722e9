// The time of this process, so that tests can set it. Where hosts must agree, Redis's clock serves instead.

/** Where a process takes its time from: milliseconds since 1970. */
export interface Clock {
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };
