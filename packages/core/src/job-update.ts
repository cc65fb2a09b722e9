// Changing the arguments of a job that is stored: what is said where they cannot be changed any more.
import { BadStatusError } from './errors.js';
import type { JobHome } from './job-home.js';
import type { Job } from './job.js';

/** @param args the JSON of all of its arguments */
export async function updateStored(job: Job, home: JobHome, lane: string, args: string): Promise<void> {
  const update = await home.updateArgs(job.id, lane, args);
  if (update === 'updated') return;
  if (update === 'unknown') throw new BadStatusError(`${String(job)} is not stored: it was removed, or has not begun`);
  await job.refresh();
  throw new BadStatusError(`${String(job)} is ${job.status}: arguments can be changed until the first claim only`);
}
