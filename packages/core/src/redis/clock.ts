// Redis's clock as a process knows it (Q2). The clocks of hosts may differ by hours, and one may be
// set while a process runs. So each process measures by how much Redis's clock is ahead of its own
// monotonic clock, which is never set.
import type { RedisClient } from './connection.js';

/** A source of times: milliseconds since 1970. */
export interface Clock {
  now(): number;
}

/** Milliseconds of the monotonic clock, which all threads of a process share. */
export function monotonicNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Monotonic clocks of two hosts differ by less than this part of the time that passes. */
const DRIFT = 1e-4;
/** In ms. A measurement that is older may be wrong by some ms, since the clocks drift apart. */
const MAX_AGE = 60_000;

/** Redis's clock minus the monotonic clock, in ms: the value lies between the two bounds. */
export interface ClockReading {
  lowest: number;
  highest: number;
}

export class RedisClock implements Clock {
  /** Before the first measurement: by the clock of this host. */
  #reading: ClockReading;
  #measuredAt = -Infinity;

  constructor() {
    const offset = Date.now() - monotonicNow();
    this.#reading = { lowest: offset, highest: offset };
  }

  get reading(): ClockReading {
    return this.#reading;
  }

  /** Whether it was measured within the last minute. */
  get isFresh(): boolean {
    return monotonicNow() - this.#measuredAt < MAX_AGE;
  }

  /**
   * Never ahead of Redis's clock, and behind it by a round trip at most. For times that must have
   * passed.
   */
  now(): number {
    return Math.floor(monotonicNow() + this.#reading.lowest);
  }

  /** Never behind Redis's clock. For times that must not have come, such as the end of a delay. */
  latest(): number {
    return this.toRedis(monotonicNow());
  }

  /** A time of the monotonic clock, in ms since 1970 by Redis's clock: not too early. */
  toRedis(monotonic: number): number {
    return Math.ceil(monotonic + this.#reading.highest);
  }

  /**
   * Learns from Redis's reply to TIME. The bounds of a slow reply are wide: narrower ones are kept.
   * @param sentAt, receivedAt ms of the monotonic clock
   * @param time ms since 1970, with a fraction
   */
  learn(sentAt: number, time: number, receivedAt: number): void {
    const measured = { lowest: time - receivedAt, highest: time - sentAt };
    const drift = (receivedAt - this.#measuredAt) * DRIFT;
    const { lowest, highest } = this.#reading;
    const known = {
      lowest: Math.max(lowest - drift, measured.lowest),
      highest: Math.min(highest + drift, measured.highest),
    };
    // If the bounds exclude each other, Redis's clock was set, or another server took over.
    this.#reading = Number.isFinite(drift) && known.lowest <= known.highest ? known : measured;
    this.#measuredAt = receivedAt;
  }

  /** Takes over the measurement of another thread of this process. */
  adopt(reading: ClockReading): void {
    this.#reading = reading;
  }
}

const clocks = new WeakMap<RedisClient, RedisClock>();

/** The clock of a client's server. */
export function clockOf(client: RedisClient): RedisClock {
  let clock = clocks.get(client);
  if (!clock) clocks.set(client, (clock = new RedisClock()));
  return clock;
}

/** The time by the clock of a client's server: ms since 1970, with a fraction. */
export async function readClock(client: RedisClient): Promise<number> {
  const [seconds, microseconds] = await client.time();
  return Number(seconds) * 1_000 + Number(microseconds) / 1_000;
}

/** Measures the clock of a client's server, in one round trip. */
export async function measureClock(client: RedisClient): Promise<RedisClock> {
  const clock = clockOf(client);
  const sentAt = monotonicNow();
  clock.learn(sentAt, await readClock(client), monotonicNow());
  current = clock;
  return clock;
}

let current = new RedisClock();
let isAsked = false;

/** The time `ms` from now, by the monotonic clock: for a job whose queue is not known yet. */
export function dueIn(ms: number): number {
  isAsked = true;
  return monotonicNow() + ms;
}

/** Whether `dueIn` was called: then a put needs the clock of its server. */
export function countsFromNow(): boolean {
  return isAsked;
}

/** The clock that was measured last: for a time that counts from now, where no client is known. */
export function currentClock(): RedisClock {
  return current;
}
