// Why a change of a stored job was refused; and why a job that is not new cannot be put.
import { BadStatusError } from './errors.js';
import type { CallbackAddition, Update } from './store/store.js';

/** Why the arguments of a job were not changed. */
export function updateRefusal(job: { status: string }, update: Exclude<Update, 'updated'>): BadStatusError {
  return new BadStatusError(
    update === 'unknown'
      ? `${String(job)} is not stored: it was removed, or has not begun`
      : `${String(job)} is ${job.status}: arguments can be changed until the first claim only`,
  );
}

/** @throws BadStatusError where a callback was not added */
export function checkAddition(addition: CallbackAddition, job: unknown, callback: unknown): void {
  if (addition === 'no such job') throw new BadStatusError(`${String(job)} is not stored: it was removed`);
  if (addition === 'stored elsewhere') throw new BadStatusError(`${String(callback)} was put already`);
}

/** @throws BadStatusError where the job is not new */
export function checkNew(job: object, is: { isCallback: boolean; isStored: boolean; hasHome: boolean }): void {
  if (is.isCallback) throw new BadStatusError(`${String(job)} is a callback of another job already`);
  const how = is.isStored ? ': a job can be put once (Q1)' : ', as a part of another job';
  if (is.hasHome) throw new BadStatusError(`${String(job)} was put already${how}`);
}
