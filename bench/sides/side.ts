// Each side has a producer and a worker, made as that side's users would make them.
import type { Workload } from '../workload.js';

export interface SideOptions {
  url: string;
  prefix: string;
}

/** Puts jobs. A job's value is its number. */
export interface Producer {
  /** Puts the plain jobs with these numbers. */
  putAll(indices: readonly number[]): Promise<void>;
  /** Puts one plain job. Resolves with its value. */
  roundTrip(index: number): Promise<unknown>;
  /** Puts a flow for each group, with all its parts at once. Resolves with each flow's values. */
  parallel(groups: readonly number[][]): Promise<unknown[][]>;
  /** Puts a chain for each group. Resolves with the value of each chain's last step. */
  serial(groups: readonly number[][]): Promise<unknown[]>;
  close(): Promise<void>;
}

export interface Worker {
  /** Resolves when the worker takes jobs. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export interface WorkerOptions extends SideOptions {
  concurrency: number;
  /** Runs the bodies, and hears of each job that has completed. */
  workload: Workload;
}

/** Loads one side alone: a process holds no code of the other. */
export interface Side {
  producer(options: SideOptions): Promise<Producer>;
  worker(options: WorkerOptions): Promise<Worker>;
}

export const sideNames = ['raw', 'drover'] as const;
export type SideName = (typeof sideNames)[number];

export const QUEUE = 'bench';

/** The numbers from 0 to `count` - 1, in so many groups of equal size. */
export function inGroups(count: number, groups: number): number[][] {
  const size = count / groups;
  if (!Number.isInteger(size)) throw new Error(`${count} jobs do not make ${groups} equal groups`);
  return Array.from({ length: groups }, (_, group) =>
    Array.from({ length: size }, (_, i) => group * size + i),
  );
}
