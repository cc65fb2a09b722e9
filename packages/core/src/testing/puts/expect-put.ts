// Asserts that code has put a job, or has not, under any test runner.
import { AssertionError } from 'node:assert';
import type { Job } from '../../job/job.js';
import type { Task } from '../../task/task-types.js';
import { listed, lookInto, textOf, type ExpectedArgs, type PutSource } from './look-into.js';

/**
 * Asserts that a job was put.
 * @param source a queue, for its pending jobs, due or not; or the jobs of `putsOf`
 * @param task the task, or its name
 * @param args its arguments. Default: any
 * @returns the jobs with that task and these arguments, at least one, in the order in which their
 *   handles were made
 * @throws AssertionError of node:assert where there is none; it lists the jobs that are there.
 *   InvalidArgumentError for a source, a task or arguments of the wrong type
 */
export async function expectPut<A extends unknown[], R>(
  source: PutSource,
  task: Task<A, R>,
  args?: ExpectedArgs<A>,
): Promise<[Job<R>, ...Job<R>[]]>;
export async function expectPut(
  source: PutSource,
  task: string,
  args?: ExpectedArgs,
): Promise<[Job, ...Job[]]>;
export async function expectPut(
  source: PutSource,
  task: Task | string,
  args?: ExpectedArgs,
): Promise<Job[]> {
  const { jobs, where, wanted } = await lookInto('expectPut', source, task, args);
  const found = jobs.filter(wanted.fits);
  if (found.length > 0) return found;
  throw new AssertionError({
    message: `${wanted.text} was not put. ${listed(jobs, where)}`,
    actual: jobs.map(textOf),
    expected: [wanted.text],
    operator: 'expectPut',
    stackStartFn: expectPut,
  });
}

/**
 * Asserts that no such job was put.
 * @param task default: any task
 * @throws AssertionError, which lists the jobs that are there; InvalidArgumentError
 */
export async function expectNoPut<A extends unknown[]>(
  source: PutSource,
  task?: Task<A> | string,
  args?: ExpectedArgs<A>,
): Promise<void> {
  const { jobs, where, wanted } = await lookInto('expectNoPut', source, task, args as ExpectedArgs);
  const found = jobs.filter(wanted.fits);
  if (found.length === 0) return;
  throw new AssertionError({
    message: `${wanted.text} was put. ${listed(jobs, where)}`,
    actual: found.map(textOf),
    expected: [],
    operator: 'expectNoPut',
    stackStartFn: expectNoPut,
  });
}
