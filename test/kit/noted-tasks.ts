// Tasks that note their runs.
import { defineTask, type Job } from '@drover/core';
import { gatesByName } from './gate.js';

/** For jobs on a loaded machine: ms. */
export const PATIENCE = { timeout: 20_000 };

/** By what the jobs are of: their values, in the order of the runs. */
export const ran = new Map<string, unknown[]>();

export const ranIn = (of: string): unknown[] => ran.get(of) ?? [];

/** Notes a run under `of`, and returns the value. */
export function note<T>(of: string, value: T): T {
  ran.set(of, [...ranIn(of), value]);
  return value;
}

export const short = defineTask('noted.short', (of: string, value: unknown) => note(of, value));

/** By what a job of `held` is of: the gate that ends it. */
export const gateOf = gatesByName();

/** Runs until its gate is open. */
export const held = defineTask('noted.held', async (of: string, value: unknown) => {
  note(of, value);
  await gateOf(of).opened;
  return value;
});

export const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Short jobs with the values `from`, `from` + 1 … */
export const shorts = (of: string, count: number, from = 0): Job[] =>
  upTo(count).map((i) => short.job(of, from + i) as Job);
