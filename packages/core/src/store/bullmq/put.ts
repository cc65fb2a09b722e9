// Putting jobs: BullMQ's own adding scripts, with ids that the client made, so that a put can be repeated.
import { throwDiscreetly } from '../../discreet.js';
import type { NewStoredJob } from '../store.js';
import type { LaneBackend } from './lane-backend.js';

/** One round trip each. */
const PAGE = 1_000;

/** Puts jobs into a lane, in order. */
export async function putJobs(backend: LaneBackend, jobs: readonly NewStoredJob[], now: number): Promise<void> {
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

export function toEntry({ id, task, args, options }: NewStoredJob, now: number) {
  const delay = Math.max(0, (options.beginAfter ?? 0) - now);
  const job = { id, name: task, data: args, opts: delay > 0 ? { ...options, delay } : options, timestamp: now };
  return { job, jobId: id };
}
