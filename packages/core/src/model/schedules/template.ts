// The template of a schedule: the record of a job, from which each time gets a job of its own
// (Q10). It is text with ids in it, so a dispatcher that does not know the task can use it (B1).
import { createHash } from 'node:crypto';
import { uuidv7Of } from '../../lib/uuid.js';
import type { NewStoredJob } from '../records.js';

export interface ScheduleTemplate {
  job: NewStoredJob;
  /** The ids of the job and of all new jobs in it, such as its parts and callbacks, in order. */
  ids: readonly string[];
}

const ID = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g;

/**
 * The job of a schedule for one of its times, in ms since 1970. Its ids follow from the schedule
 * and the time: so a put that is repeated, by whichever dispatcher, is the same job.
 * @param schedule names the schedule among all
 */
export function jobAt(
  { job, ids }: ScheduleTemplate,
  schedule: string,
  name: string,
  time: number,
): NewStoredJob {
  const seed = createHash('sha256').update(`${schedule} ${time}`).digest();
  // Parts keep their order: packs are found by it.
  const own = new Map(ids.map((id, rank) => [id, uuidv7Of(seed, time, rank)]));
  const text = JSON.stringify(job).replace(ID, (id) => own.get(id) ?? id);
  const made = JSON.parse(text) as NewStoredJob;
  made.options.schedule = { name, time };
  return made;
}
