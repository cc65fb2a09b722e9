// Tasks: named async functions, known to every process that may run them (J1).
import { noteTask } from '../job/task-as-job.js';
import type { Continuation } from './continuation.js';
import { InvalidArgumentError } from '../errors.js';
import { checkOptions } from '../lib/unknown-options.js';
import { toStoredDefaults, type JobDefaults } from '../model/job-options.js';
import { Job } from '../job/job.js';
import type { Task } from './task-types.js';
import { Registry, type DefineOptions } from '../lib/registry.js';
import { describeValue } from '../lib/describe-value.js';

/** The result of a job: of the function, or of the job or continuation that it returns. */
export type TaskResult<T> = T extends Continuation<infer R> ? R : T extends Job<infer R> ? R : T;

/** The class of handles of a task, and the defaults of its jobs. */
export interface TaskOptions extends JobDefaults, DefineOptions {
  /**
   * The class of its job handles, for tasks whose jobs have a face of their own, such as
   * composites. Default: Job.
   */
  jobClass?: typeof Job;
}

const tasks = new Registry<Task<never[]>>('task');

/**
 * Defines a task. The same name and function again gives the same task. A function of the same
 * source text, as when a module is evaluated again, replaces the one before: jobs run it from then
 * on (J1).
 * @throws DuplicateNameError where another function has the name and `replace` is not true;
 *   InvalidArgumentError for a bad name or option
 */
export function defineTask<A extends unknown[], T>(
  name: string,
  run: (...args: A) => T,
  options: TaskOptions = {},
): Task<A, TaskResult<Awaited<T>>> {
  if (typeof run !== 'function')
    throw new InvalidArgumentError(`the task ${describeValue(name)} must be a function`);
  checkOptions('defineTask', options);
  const { jobClass = Job, replace = false, ...defaults } = options;
  const hasDefaults =
    Object.keys(toStoredDefaults(`the options of the task ${describeValue(name)}`, defaults))
      .length > 0;
  const make = () => ({
    name,
    run,
    jobClass,
    job: (...args: unknown[]) => {
      const job = new jobClass<TaskResult<Awaited<T>>>(name, args);
      return hasDefaults ? job.with(defaults) : job;
    },
  });
  const task = tasks.define(name, [run], make, { replace }, defineTask);
  noteTask(task);
  return task;
}

/** The task of that name, where this process has defined it. */
export function taskNamed(name: string): Task<unknown[]> | undefined {
  return tasks.get(name) as Task<unknown[]> | undefined;
}

/** The tasks that this process has defined. */
export const definedTasks = {
  named: taskNamed,
  names: (): string[] => tasks.names(),
};
