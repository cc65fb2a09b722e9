// What a measurement asks of either side: the same few things, done as that side's users would.
import type { Workload } from '../workload.js';

export interface SideOptions {
  url: string;
  prefix: string;
  workload: Workload;
}

/** A producer and a worker, in this process, on one queue. */
export interface Session {
  /** Puts all of the workload's jobs. */
  putAll(): Promise<void>;
  /** Starts the worker. Resolves when it takes jobs. */
  startWorker(concurrency: number): Promise<void>;
  /** Puts one job, and waits until the producer sees its value. */
  roundTrip(index: number): Promise<unknown>;
  /** Runs the workload as so many flows of equal size, all parts at once. Resolves with the values that each flow got. */
  parallel(flows: number): Promise<unknown[][]>;
  /** Runs the workload as so many chains of equal length. Resolves with the last value of each. */
  serial(chains: number): Promise<unknown[]>;
  close(): Promise<void>;
}

export interface Side {
  name: SideName;
  open(options: SideOptions): Session;
}

export type SideName = 'raw' | 'drover';

export const QUEUE = 'bench';

/** The numbers from 0 to `count` - 1, in so many groups of equal size. */
export function inGroups(count: number, groups: number): number[][] {
  const size = count / groups;
  if (!Number.isInteger(size)) throw new Error(`${count} jobs do not make ${groups} equal groups`);
  return Array.from({ length: groups }, (_, group) => Array.from({ length: size }, (_, i) => group * size + i));
}
