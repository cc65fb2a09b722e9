// The errors for a callback that was not added, and for a job that is not new.
import { BadStatusError } from '../errors.js';
import type { CallbackAddition } from '../model/records.js';

/** @throws BadStatusError where a callback was not added */
export function checkAddition(
  addition: CallbackAddition,
  job: unknown,
  { id, task }: { id: string; task: string },
): void {
  if (addition === 'no such job')
    throw new BadStatusError(`${String(job)} is not stored: it was removed`);
  if (addition === 'stored elsewhere')
    throw new BadStatusError(`job ${id} (${task}) was put already`);
}

/** @throws BadStatusError where the job is not new, or belongs to another one */
export function checkNew(
  job: object,
  is: { isCallback: boolean; isPut: boolean; origin: { id: string } | undefined },
): void {
  if (is.isCallback)
    throw new BadStatusError(`${String(job)} is a callback of another job already`);
  if (!is.isPut) return;
  const how = is.origin ? `, by job ${is.origin.id} or with it` : '';
  throw new BadStatusError(`${String(job)} was put already${how}: a job can be put once (Q1)`);
}
