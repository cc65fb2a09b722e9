// Why a change of a stored job was refused.
import { BadStatusError } from './errors.js';
import type { JobHome } from './job-home.js';
import type { Job } from './job.js';
import type { CallbackAddition } from './store/store.js';

/** @throws BadStatusError where the arguments of a job cannot be changed to `args`, JSON */
export async function updateStored(
  job: Job,
  { home, lane }: { home: JobHome; lane: string },
  args: string,
): Promise<void> {
  const update = await home.updateArgs(job.id, lane, args);
  if (update === 'updated') return;
  if (update === 'unknown') throw new BadStatusError(`${String(job)} is not stored: it was removed, or has not begun`);
  await job.refresh();
  throw new BadStatusError(`${String(job)} is ${job.status}: arguments can be changed until the first claim only`);
}

/** @throws BadStatusError where a callback was not added */
export function checkAddition(addition: CallbackAddition, job: unknown, callback: unknown): void {
  if (addition === 'no such job') throw new BadStatusError(`${String(job)} is not stored: it was removed`);
  if (addition === 'stored elsewhere') throw new BadStatusError(`${String(callback)} was put already`);
}
