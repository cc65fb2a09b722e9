// A dispatcher of @drover/worker, as far as traces use it: this package imports @drover/core alone,
// and a producer needs no worker.
import type { Failure, Job } from '@drover/core';

export interface TracedDispatcher {
  readonly uuid: string;
  use(middleware: (job: Job, next: () => Promise<unknown>) => unknown): unknown;
  on(event: string, listener: (...args: never[]) => void): unknown;
  off(event: string, listener: (...args: never[]) => void): unknown;
}

/** About a job of a queue. Times in ms since 1970, delays in ms. */
interface Told {
  job: Job;
  queue: string;
  fence: number;
}

export interface Ended extends Told {
  state: string | undefined;
  failure: Failure | undefined;
  delay: number | undefined;
  beganAt: number | undefined;
}

export interface Failed extends Told {
  agent: string;
  failure: Failure;
}

export interface Decided extends Told {
  interruptedAt: number;
  state: string;
  failure: Failure | undefined;
  delay: number | undefined;
}

/** What the listeners of a dispatcher get. */
export interface TracedEvents {
  ended: Ended;
  failed: Failed;
  interruptDecided: Decided;
  deactivated: object;
}
