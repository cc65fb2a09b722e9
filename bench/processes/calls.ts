// The main process directs a side's processes by these calls, one message there and one back.
import type { SideName, SideOptions } from '../sides/side.js';

/** Each process answers these. It is a producer, a worker, or both. */
export interface CommonCalls {
  /** Resolves when this process takes hardly any CPU time. */
  untilIdle(): Promise<void>;
  /** CPU seconds of this process so far, with all its threads. */
  cpuSeconds(): Promise<number>;
  /** The most memory that this process has had so far (RSS), in bytes. */
  peakMemory(): Promise<number>;
  /** Closes the connections. */
  close(): Promise<void>;
}

export interface WorkerCalls extends CommonCalls {
  /** Resolves when the worker takes jobs. */
  startWorker(options: SideOptions & { side: SideName; concurrency: number }): Promise<void>;
  /** A measurement begins: jobs with the numbers from 0 to `count` - 1 will come. */
  expect(count: number): Promise<void>;
  /** As `expect`, and no body ends before `release`. */
  hold(count: number): Promise<void>;
  untilStarted(count: number): Promise<void>;
  /** Lets the bodies end. Resolves with the seconds until all jobs have completed. */
  release(): Promise<number>;
  /** Throws unless each expected job has run exactly once, without any trouble. */
  check(): Promise<void>;
}

/** Each resolves with the seconds that passed until then, and throws where a result is wrong. */
export interface ProducerCalls extends CommonCalls {
  startProducer(options: SideOptions & { side: SideName }): Promise<void>;
  /** Puts the plain jobs with the numbers from `from` to `to` - 1. */
  put(from: number, to: number): Promise<number>;
  /** Puts so many plain jobs, each when the result of the one before was seen: seconds of each. */
  roundTrips(jobs: number): Promise<number[]>;
  /** Runs so many jobs as composites of equal size, until the last result was seen. */
  parallel(jobs: number, composites: number): Promise<number>;
  /** Runs so many jobs as chains of equal length, until the last result was seen. */
  serial(jobs: number, chains: number): Promise<number>;
}

export interface Request {
  id: number;
  method: string;
  args: unknown[];
}

export interface Reply {
  id: number;
  value?: unknown;
  /** Message and stack, where the call has failed. */
  error?: string;
}
