// The tasks of Drover's side, in a module that its producer and its worker share.
import { defineTask, type Job } from '@drover/core';
import type { Workload } from '../../workload.js';
import { sumOf } from '../side.js';

let workload: Workload | undefined;

/** The worker of this process runs its parts so. */
export function runIn(given: Workload): void {
  workload = given;
}

export const part = defineTask('part', async (index: number): Promise<number> => {
  if (!workload) throw new Error('a part has come to a process that has no worker');
  return await workload.run(index);
});

/** The postprocess of a parallel. */
export const sum = defineTask('sum', (...parts: Job[]): number =>
  sumOf(parts.map(({ result }) => result)),
);

/** The postprocess of a serial. */
export const last = defineTask('last', (...steps: Job[]): unknown => steps.at(-1)?.result);
