// Turns a value that a user gave as a job into one. For functions that take jobs, as composites do
// (C6).
import { notAJob, unlessTask } from '../job/task-as-job.js';
import { InvalidArgumentError } from '../errors.js';
import { Job } from '../job/job.js';

/**
 * The job itself, or a new job of the task.
 * @param as its name in errors, such as `part 1 of serial`
 * @throws InvalidArgumentError where the value is neither; the message says which type it has
 */
export function asJob(what: unknown, as: string): Job {
  const job = unlessTask(what);
  if (job instanceof Job) return job;
  throw new InvalidArgumentError(`${as} is not a job, but ${notAJob(what)}`);
}
