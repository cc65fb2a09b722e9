// Appends to the dependencies of a job (C4). With `joinJobs` this is the ground of composites that
// grow (C6).
import { asJob } from '../task/as-job.js';
import { BadStatusError, InvalidArgumentError } from '../errors.js';
import { placeOfPut, storedOf, type Place } from '../job/handle-data.js';
import type { BareTask, Job } from '../job/job.js';
import type { NewStoredJob } from '../model/records.js';

/**
 * The handles of appended jobs, by the job that waits for them. Each job keeps one handle as long
 * as the handle of the waiting job lives.
 */
const handles = new WeakMap<Job, Map<string, Job>>();

/**
 * Appends new jobs to the dependencies of `joining`. Before `joining` starts, any process may
 * append. Later a running part of it may, a descendant of such a part, or a callback of a part that
 * has not completed. These appends are part of that run: stored with its commit, and dropped if it
 * fails or is interrupted (J6). A task stands for a job of it.
 * @returns the jobs
 * @throws BadStatusError at any other time, where a job was put already, or where `joining` is new;
 *   InvalidArgumentError where a value is not a job, or is given twice
 */
export async function appendJobs(joining: Job, what: readonly (Job | BareTask)[]): Promise<Job[]> {
  const place = placeOfPut(joining);
  if (!place)
    throw new BadStatusError(
      `${String(joining)} is new: nothing can be appended to it before it is put`,
    );
  if (!Array.isArray(what)) throw new InvalidArgumentError('appendJobs takes an array of jobs');
  const jobs = Array.from<unknown>(what).map((job) => asJob(job, 'what is to be appended'));
  if (new Set(jobs).size < jobs.length)
    throw new InvalidArgumentError('a job cannot be appended twice');
  if (jobs.includes(joining))
    throw new InvalidArgumentError(`${String(joining)} cannot wait for itself`);
  if (!(await place.gateway.append(joining, jobs)))
    return await appendElsewhere(joining, place, jobs);
  for (const job of jobs) handlesOf(joining).set(job.id, job);
  return jobs;
}

/**
 * Appends where another holder has put the joining job (J12).
 * @throws BadStatusError where it is not stored at all
 */
async function appendElsewhere(
  joining: Job,
  { gateway, lane }: Place,
  jobs: readonly Job[],
): Promise<Job[]> {
  if (!(await gateway.read(joining.id, lane)))
    throw new BadStatusError(
      `${String(joining)} is not stored: it was removed, or has not begun. Nothing is appended to it`,
    );
  return await appendJobs(await joining.refresh(), jobs);
}

/** The jobs appended to `joining`, in order, when it was last read. */
export function appendedJobs(joining: Job): readonly Job[] {
  return (storedOf(joining)?.appended ?? []).map((stored) => handleOf(joining, stored));
}

function handlesOf(joining: Job): Map<string, Job> {
  const known = handles.get(joining) ?? new Map<string, Job>();
  handles.set(joining, known);
  return known;
}

function handleOf(joining: Job, { id, task, args, options }: NewStoredJob): Job {
  const known = handlesOf(joining);
  const gateway = placeOfPut(joining)?.gateway;
  if (!gateway) throw new BadStatusError(`${String(joining)} is new`);
  const data = {
    id,
    task,
    args: JSON.parse(args) as unknown,
    options: { ...options },
    isPart: true,
  } as const;
  const handle = known.get(id) ?? (gateway.revive({ kind: 'new', job: data }, joining) as Job);
  known.set(id, handle);
  return handle;
}
