// Putting jobs: BullMQ's own adding scripts, with ids that the client made, so that a put can be repeated.
import { throwDiscreetly } from '../../discreet.js';
import type { RedisClient } from '../../connection.js';
import type { NewStoredJob } from '../store.js';
import { callbacksArgument } from './callbacks.js';
import type { LaneKeys } from './keys.js';
import type { LaneBackend } from './lane-backend.js';
import { CHUNK, runScript } from './run-script.js';

/** One round trip each. */
const PAGE = 1_000;

/** Puts jobs into a lane, in order. */
export async function putJobs(
  backend: LaneBackend,
  client: RedisClient,
  keys: LaneKeys,
  jobs: readonly NewStoredJob[],
  now: number,
): Promise<void> {
  if (jobs.some(({ callbacks }) => callbacks)) return await putWithCallbacks(client, keys, jobs, now);
  if (jobs.length === 1) {
    const { job, jobId } = toEntry(jobs[0] as NewStoredJob, now);
    await backend.addJob(job as never, jobId);
    return;
  }
  for (let i = 0; i < jobs.length; i += PAGE) {
    const entries = jobs.slice(i, i + PAGE).map((job) => ({ ...toEntry(job, now), parentKeyOpts: {} }));
    await backend.addJobs(entries as never).catch(throwDiscreetly);
  }
}

/**
 * Of jobs whose put may have been done before, and its reply lost: those that were not put. One that was put, and has been pulled since,
 * would be there once more (Q3).
 */
export async function notPutBefore(
  client: RedisClient,
  keys: LaneKeys,
  jobs: readonly NewStoredJob[],
): Promise<NewStoredJob[]> {
  const left: NewStoredJob[] = [];
  for (let i = 0; i < jobs.length; i += PAGE) {
    const page = jobs.slice(i, i + PAGE);
    const found = await Promise.all(page.map(({ id }) => client.exists(keys.job(id), keys.pulled(id))));
    left.push(...page.filter((_, n) => found[n] === 0));
  }
  return left;
}

/** Where one of the jobs has callbacks, a script of Drover's puts them all: each with its callbacks, or not at all. */
async function putWithCallbacks(
  client: RedisClient,
  keys: LaneKeys,
  jobs: readonly NewStoredJob[],
  now: number,
): Promise<void> {
  for (let i = 0; i < jobs.length; i += CHUNK) {
    const page = jobs.slice(i, i + CHUNK);
    const args = page.flatMap((job) => {
      const { opts } = toEntry(job, now).job;
      const dueAt = job.options.beginAfter ?? 0;
      return [keys.base, job.id, job.task, job.args, JSON.stringify(opts), dueAt, callbacksArgument(keys, job)];
    });
    await runScript(client, 'putWithCallbacks', [keys.job(page[0]?.id ?? '')], [now, ...args]);
  }
}

export function toEntry({ id, task, args, options }: NewStoredJob, now: number) {
  const delay = Math.max(0, (options.beginAfter ?? 0) - now);
  const job = { id, name: task, data: args, opts: delay > 0 ? { ...options, delay } : options, timestamp: now };
  return { job, jobId: id };
}
