// Short tasks that note their runs, for tests of hands and packs.
import { defineTask, type Job } from '@drover/core';

/** For jobs on a loaded machine: ms. */
export const PATIENCE = { timeout: 20_000 };

/** By what the jobs are of: their values, in the order of the runs. */
export const ran = new Map<string, unknown[]>();

/** Notes a run under `of`, and returns the value. */
export function note<T>(of: string, value: T): T {
  ran.set(of, [...(ran.get(of) ?? []), value]);
  return value;
}

export const short = defineTask('noted.short', (of: string, value: unknown) => note(of, value));

export const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Short jobs with the values `from`, `from` + 1 … */
export const shorts = (of: string, count: number, from = 0): Job[] =>
  upTo(count).map((i) => short.job(of, from + i) as Job);
