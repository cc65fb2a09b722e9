// Makes a job of a value that a user gives as one: for functions that take jobs, as composites do
// (C6).
import { notAJob, unlessTask } from './task-as-job.js';
import { InvalidArgumentError } from '../errors.js';
import { Job } from './job.js';

/**
 * The job, or a new one where it is a task.
 * @param as how an error names it, such as `part 1 of serial`
 * @throws InvalidArgumentError, which says what it is, where it is neither
 */
export function asJob(what: unknown, as: string): Job {
  const job = unlessTask(what);
  if (job instanceof Job) return job;
  throw new InvalidArgumentError(`${as} is not a job, but ${notAJob(what)}`);
}
