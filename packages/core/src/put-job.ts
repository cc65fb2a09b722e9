// What is put, on its way into a queue: checked, as it is to be stored, and as it stands right after.
import { systemClock } from './clock.js';
import { BadStatusError, InvalidArgumentError } from './errors.js';
import type { JobHome } from './job-home.js';
import { toStoredOptions, type JobOptions, type StoredJobOptions } from './job-options.js';
import { attachJob, Job, newStoredJob, storeLateCallbacks } from './job.js';
import { MAIN_LANE } from './names.js';
import type { NewStoredJob, StoredJob } from './store/store.js';
import { isTask, type Task } from './task.js';

/** A task stands for a job of it without arguments; what else is no job is refused later, with its place. */
export function toJob(what: Job | Task<[]>): Job {
  return isTask(what) ? what.job() : what;
}

const beingPut = new WeakSet<Job>();

/**
 * Does what puts jobs, of which no other put is under way at the same time: each can be put once (Q1).
 * @throws BadStatusError where one is
 */
export async function puttingAlone<T>(jobs: readonly Job[], put: () => Promise<T>): Promise<T> {
  const twice = jobs.find((job) => beingPut.has(job));
  if (twice) throw new BadStatusError(`${String(twice)} is being put already: a job can be put once`);
  const taken = jobs.filter((job) => job instanceof Job);
  for (const job of taken) beingPut.add(job);
  try {
    return await put();
  } finally {
    for (const job of taken) beingPut.delete(job);
  }
}

/** @throws InvalidArgumentError for what is no job, and for options; what storing its arguments throws */
export function toPut(
  job: unknown,
  options: JobOptions,
  { home, defaults }: { home: JobHome; defaults: StoredJobOptions | undefined },
  which: string,
): NewStoredJob {
  if (!(job instanceof Job)) {
    throw new InvalidArgumentError(`only jobs can be put, but ${which} is ${kindOf(job)}`);
  }
  const stored = newStoredJob(job, home.maxDataBytes, defaults);
  // The job itself is changed by a put that succeeds only.
  const merged = { ...stored.options, ...toStoredOptions(options, systemClock.now()) };
  return { ...stored, options: merged, lane: merged.lane ?? MAIN_LANE };
}

/** What it is that is no job, with what to do where that can be told. */
function kindOf(what: unknown): string {
  if (typeof what === 'function') return 'a function: define a task of it with defineTask, and put a job of that';
  if (typeof what !== 'object' || what === null) return what === null ? 'null' : typeof what;
  if (typeof (what as { job?: unknown }).job === 'function')
    return 'an object that looks like a task, and was not made by defineTask';
  return 'an object: use task.job(…)';
}

/** The handles show their jobs as put. */
export async function havePut(jobs: readonly Job[], stored: readonly NewStoredJob[], home: JobHome): Promise<void> {
  for (const [i, job] of jobs.entries()) {
    const asStored = stored[i] as NewStoredJob;
    attachJob(job, home, asPut(asStored));
    const late = storeLateCallbacks(job, asStored);
    if (late) await late;
  }
}

/** The job as it stands right after its put, without reading it back: pending, whether it is due or not. */
export function asPut(job: NewStoredJob): StoredJob {
  const state = job.options.beginAfter === undefined ? 'waiting' : 'delayed';
  return { ...job, state, claims: 0, suspended: false, hasResult: false, interruptions: 0 };
}
