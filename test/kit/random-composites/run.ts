// Runs many random composites at once, and compares each with its evaluation in memory. A case that
// differs says how to repeat it.
import { randomInt } from 'node:crypto';
import type { Job, Queue } from '@drover/core';
import fc from 'fast-check';
import { evaluate, FAILURE, type Expected, type Runs } from './evaluate.js';
import { KEYED, QUOTAS, shapes, type Group } from './shapes.js';
import { orderOf, runsOf, toJob, valueOf } from './tasks.js';

export interface Cases {
  seed: number;
  shapes: Group[];
}

/** So many are under way at once. */
const BATCH = 300;

/**
 * `count` random composites; `$DROVER_SEED` repeats those of an earlier run. `more`: the number of
 * an additional round.
 */
export function randomCases(count: number, more = 0): Cases {
  const seed = Number(process.env['DROVER_SEED'] ?? randomInt(2 ** 31)) + more;
  return { seed, shapes: fc.sample(shapes, { numRuns: count, seed }) };
}

export interface RunOptions {
  /** The retry policy of each job. */
  policy?: string;
  /** Whether the jobs run in this process, which has counted their runs. Default: true. */
  counts?: boolean;
  /** ms for each batch. */
  timeout?: number;
}

/**
 * Puts the composites and compares their results, how often each job has run, and in which order.
 * @returns what differs, each with what repeats it
 */
export async function differences(
  queue: Queue,
  { seed, shapes: all }: Cases,
  options: RunOptions = {},
): Promise<string[]> {
  for (const [name, size] of Object.entries(QUOTAS)) await queue.quotas.create(name, size);
  await queue.quotas.create(KEYED.name, KEYED.size, { keyed: true });
  const found: string[] = [];
  for (let start = 0; start < all.length; start += BATCH) {
    const batch = all.slice(start, start + BATCH);
    const treeOf = (i: number) => `${seed}.${start + i}`;
    const jobs = batch.map((shape, i) => toJob(treeOf(i), shape, options.policy));
    await queue.putAll(jobs);
    const compared = jobs.map(async (job, i) => {
      const shape = batch[i] as Group;
      const difference = await compare(job, treeOf(i), evaluate(shape), options);
      if (difference)
        found.push(
          `${difference}\n  repeat: DROVER_SEED=${seed}, case ${start + i}: ${JSON.stringify(shape)}`,
        );
    });
    await Promise.all(compared);
  }
  return found;
}

async function compare(
  job: Job,
  tree: string,
  expected: Expected,
  options: RunOptions,
): Promise<string | undefined> {
  const { counts = true, timeout = 200_000 } = options;
  const error = await job.wait({ timeout }).then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  await job.refresh();
  if (job.status !== 'completed') return `it is ${job.status}: ${error?.message}`;
  const result = valueOf(job.result);
  // A failure that nobody meant has another message.
  const odd = error && error.message !== FAILURE ? `, with ${error.name}: ${error.message}` : '';
  if (odd || JSON.stringify(result) !== JSON.stringify(expected.result)) {
    return `it gave ${JSON.stringify(result)}${odd} instead of ${JSON.stringify(expected.result)}`;
  }
  return counts ? (oddRuns(tree, expected.runs) ?? oddOrder(tree, expected.rows)) : undefined;
}

function oddRuns(tree: string, runs: Runs): string | undefined {
  for (const [tag, how] of runs) {
    const count = runsOf(tree, tag);
    const isAsExpected = how === 'once' ? count === 1 : how === 'never' ? count === 0 : count <= 1;
    if (!isAsExpected) return `job ${tag} ran ${count} times, which was to be ${how}`;
  }
  return undefined;
}

function oddOrder(tree: string, rows: Expected['rows']): string | undefined {
  const places = new Map(orderOf(tree).map((tag, place) => [tag, place]));
  for (const row of rows) {
    const full = row.filter((group) => group.length > 0);
    for (const [i, group] of full.entries()) {
      const last = Math.max(...group.map((tag) => places.get(tag) ?? -1));
      const next = Math.min(...(full[i + 1] ?? []).map((tag) => places.get(tag) ?? Infinity));
      if (last > next) return `of jobs ${group.join()} one ran after one of ${full[i + 1]?.join()}`;
    }
  }
  return undefined;
}
