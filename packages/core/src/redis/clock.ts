// Redis's clock as a process knows it (Q2). Hosts may disagree by hours, and one may be set while
// it runs: each measures what Redis's clock has before its own monotonic one, which nobody sets.
import type { RedisClient } from './connection.js';

/** Where times come from: milliseconds since 1970. */
export interface Clock {
  now(): number;
}

/** The time of this host. It decides nothing that another host sees. */
export const systemClock: Clock = { now: () => Date.now() };

/** Milliseconds of the monotonic clock, which all threads of a process share. */
export function monotonicNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Monotonic clocks of two hosts differ by less than this part of the time that passes. */
const DRIFT = 1e-4;
/** A measurement serves for so many ms: then the clocks may have drifted apart by some ms. */
const MAX_AGE = 60_000;

/** What Redis's clock has before the monotonic one, in ms: it lies between the two. */
export interface ClockReading {
  lowest: number;
  highest: number;
}

export class RedisClock implements Clock {
  /** Before the first measurement, as this host has it. */
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
   * Never ahead of Redis's clock, and behind it by a round trip at most: for times that must have
   * passed.
   */
  now(): number {
    return Math.floor(monotonicNow() + this.#reading.lowest);
  }

  /**
   * Never behind Redis's clock: for times that must not have come yet, such as the end of a delay.
   */
  latest(): number {
    return this.toRedis(monotonicNow());
  }

  /** A time of the monotonic clock, in ms since 1970 by Redis's clock: not too early. */
  toRedis(monotonic: number): number {
    return Math.ceil(monotonic + this.#reading.highest);
  }

  /**
   * Learns from Redis's answer to the question for its time. A slow answer says little: what is
   * known better is kept.
   * @param sentAt, receivedAt ms of the monotonic clock
   * @param time ms since 1970, with a fraction
   */
  learn(sentAt: number, time: number, receivedAt: number): void {
    const told = { lowest: time - receivedAt, highest: time - sentAt };
    const drift = (receivedAt - this.#measuredAt) * DRIFT;
    const { lowest, highest } = this.#reading;
    const known = {
      lowest: Math.max(lowest - drift, told.lowest),
      highest: Math.min(highest + drift, told.highest),
    };
    // Where the two exclude each other, Redis's clock was set, or another server has taken over.
    this.#reading = Number.isFinite(drift) && known.lowest <= known.highest ? known : told;
    this.#measuredAt = receivedAt;
  }

  /** As another thread of this process has measured it. */
  adopt(reading: ClockReading): void {
    this.#reading = reading;
  }
}

const clocks = new WeakMap<RedisClient, RedisClock>();

/** The clock of the server that a client speaks to. */
export function clockOf(client: RedisClient): RedisClock {
  let clock = clocks.get(client);
  if (!clock) clocks.set(client, (clock = new RedisClock()));
  return clock;
}

/** Measures the clock of the server, in one round trip. */
export async function measureClock(client: RedisClient): Promise<RedisClock> {
  const clock = clockOf(client);
  const sentAt = monotonicNow();
  const [seconds, microseconds] = await client.time();
  clock.learn(sentAt, Number(seconds) * 1_000 + Number(microseconds) / 1_000, monotonicNow());
  current = clock;
  return clock;
}

let current = new RedisClock();
let isAsked = false;

/**
 * When so many ms from now will be, by the monotonic clock: for a job that is going to be put into
 * some queue.
 */
export function dueIn(ms: number): number {
  isAsked = true;
  return monotonicNow() + ms;
}

/** Whether this process has times that count from now: a put needs the clock of its server then. */
export function countsFromNow(): boolean {
  return isAsked;
}

/**
 * The clock by which a time that counts from now is told where no client is at hand: that of the
 * last measurement.
 */
export function currentClock(): RedisClock {
  return current;
}
