// The verdict: whether the work outlived its workers, with one sentence for each check.
import { isDeepStrictEqual } from 'node:util';
import { Failure, JobStatus, type Job, type Queue } from '@drover/core';
import { disturbances, type Disturbance, type History } from './history.js';
import { readCommits } from './redis.js';
import { indexBatch } from './tasks.js';
import type { TextIndex } from './text-index.js';

export interface Check {
  ok: boolean;
  text: string;
}

export interface Evidence {
  queue: Queue;
  history: History;
  batches: number;
  /** The index that the workers wrote. */
  found: TextIndex;
  /** The index that was computed in this process. */
  expected: TextIndex;
}

/** More than all completed jobs of the demo. */
const ALL = 9_999;

export async function judge({
  queue,
  history,
  batches,
  found,
  expected,
}: Evidence): Promise<Check[]> {
  const completed = await queue.jobs({ status: JobStatus.COMPLETED, end: ALL });
  // Drover's own jobs may run twice: the second run changes nothing.
  const jobs = completed.filter(({ task }) => task !== 'drover.handleInterrupt');
  return [
    checkIndex(found, expected),
    checkEach(jobs, batches),
    checkCommits(jobs, await readCommits(queue.prefix), history.commits),
    ...disturbances.map((disturbance) => checkDisturbance(disturbance, history)),
    { ok: history.refusals > 0, text: `${countOf(history.refusals, 'late result')} refused` },
  ];
}

export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

function checkIndex(found: TextIndex, expected: TextIndex): Check {
  if (isDeepStrictEqual(found, expected)) {
    return {
      ok: true,
      text: 'the index is equal to the one computed directly in a single process',
    };
  }
  const part = isDeepStrictEqual(found.files, expected.files) ? 'terms' : 'files';
  return {
    ok: false,
    text:
      `the index differs from the one computed directly in its ${part} ` +
      '(did a file change meanwhile?)',
  };
}

function checkDisturbance(
  disturbance: Disturbance,
  { interruptions, batchesInterrupted }: History,
): Check {
  const running = batchesInterrupted[disturbance];
  if (running === 0)
    return {
      ok: false,
      text: `${disturbance} interrupted no running batch: all was over too soon (see --pace)`,
    };
  const jobs = countOf(interruptions[disturbance], 'job');
  return {
    ok: true,
    text:
      `${disturbance} interrupted ${jobs}, ` +
      `of which ${countOf(running, 'running batch', 'running batches')}`,
  };
}

/** Whether each batch is one job, which has a value. */
function checkEach(jobs: readonly Job[], batches: number): Check {
  const done = jobs.filter(
    ({ task, result }) => task === indexBatch.name && result && !(result instanceof Failure),
  );
  const numbers = new Set(done.map(({ args }) => args[0]));
  const ok = done.length === batches && numbers.size === batches;
  return {
    ok,
    text: `${done.length} of ${countOf(batches, 'batch', 'batches')} completed, as one job each`,
  };
}

/** Whether each completed job was committed once, by Redis's events and by those of the workers. */
function checkCommits(
  jobs: readonly Job[],
  inRedis: ReadonlyMap<string, number>,
  reported: ReadonlyMap<string, number>,
): Check {
  const twice = new Set(
    [...inRedis, ...reported].filter(([, count]) => count > 1).map(([id]) => id),
  );
  const never = jobs.filter(({ id }) => inRedis.get(id) !== 1 && !twice.has(id));
  if (twice.size > 0) return { ok: false, text: `committed twice: ${[...twice].join(', ')}` };
  if (never.length > 0)
    return {
      ok: false,
      text: `completed without a commit: ${never.map(({ id }) => id).join(', ')}`,
    };
  return {
    ok: true,
    text:
      `nothing ran to a commit twice ` +
      `(${countOf(jobs.length, 'job')}, by Redis's own stream of events)`,
  };
}
