// The scenarios of writes that go wrong: their places, their tasks, and the requests of a write.
import { defineTask, Failure, local, type Dispatchers, type Job, type Queue } from '@drover/core';
import type { Dispatcher } from '@drover/worker';
import type { Match } from '../kit/fault-proxy.js';
import { endsJob } from '../kit/faults/ends.js';

export const PATIENCE = { timeout: 20_000 };

export const value = defineTask('faulty.value', (what: unknown) => what);
export const sum = defineTask('faulty.sum', (...jobs: Job[]) =>
  jobs.reduce((total, { result }) => total + Number(result), 0),
);
export const untilToldToStop = async (): Promise<never> => {
  const { signal } = local;
  if (!signal.aborted)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  throw signal.reason;
};
export const callback = defineTask('faulty.callback', (result: unknown) =>
  result instanceof Failure ? result.name : result,
);

/**
 * Whose requests go wrong: those of the dispatcher that runs the jobs, of one that stops before, or
 * of the producer.
 */
export type Side = 'runner' | 'stopping' | 'producer';

export interface Place {
  /** Undisturbed, served by the runner. */
  queue: Queue;
  /** The same through a proxy. */
  producer: Queue;
  /** Undisturbed, served by nobody but those whom a scenario starts. */
  recovered: Queue;
  /** The same through the proxy of the producer. */
  later: Queue;
  /** Through the proxy of the producer. */
  fleet: Dispatchers;
  /**
   * A dispatcher of `recovered`, through the proxy of that side. It is stopped after the scenario.
   */
  dispatcher: (side: Side) => Dispatcher;
}

export interface Write {
  name: string;
  side: Side;
  /** The request that goes wrong. */
  match: Match;
  /**
   * The script is called by its text, or on a connection that has not called it before: there is no
   * NOSCRIPT.
   */
  byText?: boolean;
  /** How often its jobs end. Default 1. */
  ends?: number;
  /** Makes the write; resolves with the jobs that have ended by then, all of them rightly. */
  run: (place: Place) => Promise<readonly Job[]>;
}

/** A script, in one lane. */
export const inLane =
  (script: string, lane: string): Extract<Match, (...args: never[]) => unknown> =>
  (request) =>
    request.script === script &&
    request.args.some((arg) => arg.length < 200 && arg.toString().endsWith(`${lane}:`));

/** The script that ends a job in a lane: `hand` where it has a plain value, else `finish`. */
export const endIn =
  (lane: string): Match =>
  (request) =>
    endsJob(request) && inLane(request.script ?? '', lane)(request);

/** Puts a job, and expects its value. */
export const gives =
  (make: () => Job, expected: unknown, options = {}) =>
  async ({ queue }: Place): Promise<Job[]> => {
    const job = await queue.put(make(), options);
    expect(await job.wait(PATIENCE)).toEqual(expected);
    return [job];
  };

/** Puts jobs, and expects them to fail. */
export const failsWith =
  (make: () => Job, name: string, options = {}) =>
  async ({ queue }: Place): Promise<Job[]> => {
    const job = await queue.put(make(), options);
    await expect(job.wait(PATIENCE)).rejects.toMatchObject({ name });
    return [job];
  };

/**
 * Makes a producer's call, and makes it again after an error: nothing was stored, or the same is
 * stored again.
 */
export const insists = async <T>(what: () => Promise<T>): Promise<T> => {
  try {
    return await what();
  } catch {
    return await what();
  }
};
