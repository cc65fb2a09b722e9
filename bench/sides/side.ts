// Each side has a producer and a worker, made as that side's users would make them.
import type { Workload } from '../workload.js';

export interface SideOptions {
  url: string;
  prefix: string;
}

/** Puts jobs. A job's value is its number. A side lacks the calls that it has no part in. */
export interface Producer {
  /** Puts the plain jobs with these numbers. */
  putAll?(indices: readonly number[]): Promise<void>;
  /** Puts one plain job. Resolves with its value. */
  roundTrip?(index: number): Promise<unknown>;
  /**
   * Puts a composite for each group, with all its parts at once. Its postprocess adds up the values
   * of the parts. Resolves with the sum of each group.
   */
  parallel?(groups: readonly number[][]): Promise<unknown[]>;
  /**
   * Puts a chain for each group. Its postprocess gives the value of the last step. Resolves with
   * that of each chain.
   */
  serial?(groups: readonly number[][]): Promise<unknown[]>;
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

/** Loads one side alone: a process holds no code of another one. */
export interface Side {
  producer(options: SideOptions): Promise<Producer>;
  worker(options: WorkerOptions): Promise<Worker>;
}

export const sideNames = ['raw', 'drover', 'step-job', 'bee-queue'] as const;
export type SideName = (typeof sideNames)[number];

/** The sides as people call them. */
export const sideTitles: Record<SideName, string> = {
  raw: 'raw BullMQ',
  drover: 'Drover',
  'step-job': 'step job',
  'bee-queue': 'bee-queue',
};

export const QUEUE = 'bench';
/** A put of many jobs is a call for each so many of them: as Drover's putAll does it by itself. */
export const PAGE = 1_000;

/** The numbers from 0 to `count` - 1, in so many groups of equal size. */
export function inGroups(count: number, groups: number): number[][] {
  const size = count / groups;
  if (!Number.isInteger(size)) throw new Error(`${count} jobs do not make ${groups} equal groups`);
  return Array.from({ length: groups }, (_, group) =>
    Array.from({ length: size }, (_, i) => group * size + i),
  );
}

/** The work of the postprocess of a parallel. */
export function sumOf(values: readonly unknown[]): number {
  return values.reduce<number>((sum, value) => sum + Number(value), 0);
}
