// Asserts that code has put a job, or has not, under any test runner.
import { AssertionError } from 'node:assert';
import { inspect } from 'node:util';
import { InvalidArgumentError } from '../../errors.js';
import { Job } from '../../job/job.js';
import { describeValue } from '../../lib/describe-value.js';
import { taskName } from '../../lib/names.js';
import type { Queue } from '../../queue/queue.js';
import type { Task } from '../../task/task-types.js';
import { partsOf } from '../time/idle.js';
import { pendingOf } from './puts-of.js';
import { isSame } from './same-args.js';

/**
 * The arguments of a job: all of them, or a function of them that says whether they are right.
 * Expectations of Jest and Vitest, such as `expect.any(String)`, may stand anywhere in them.
 */
export type ExpectedArgs<A extends unknown[] = unknown[]> =
  { readonly [I in keyof A]: unknown } | ((...args: A) => boolean);

/** Where to look: a queue stands for its pending jobs; or jobs, such as those of `putsOf`. */
export type PutSource = Queue | readonly Job[];

/** So many jobs are listed in an error. */
const MOST_LISTED = 20;

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
    actual: jobs.map(callOf),
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
    actual: found.map(callOf),
    expected: [],
    operator: 'expectNoPut',
    stackStartFn: expectNoPut,
  });
}

interface Wanted {
  text: string;
  fits: (job: Job) => boolean;
}

async function lookInto(
  caller: string,
  source: PutSource,
  task: { readonly name: string } | string | undefined,
  args: ExpectedArgs | undefined,
): Promise<{ jobs: readonly Job[]; where: string; wanted: Wanted }> {
  const wanted = wantedOf(caller, task, args);
  if (!Array.isArray(source)) {
    const parts = partsOf(caller, source as Queue);
    return { jobs: await pendingOf(parts), where: `pending in the queue ${parts.name}`, wanted };
  }
  const jobs = source as readonly unknown[];
  const odd = jobs.find((job) => !(job instanceof Job));
  if (odd !== undefined)
    throw new InvalidArgumentError(`${caller} takes an array of jobs, not of ${describeValue(odd)}`);
  return { jobs: jobs as readonly Job[], where: 'among the jobs', wanted };
}

function wantedOf(
  caller: string,
  task: { readonly name: string } | string | undefined,
  args: ExpectedArgs | undefined,
): Wanted {
  const name = task === undefined && caller === 'expectNoPut' ? undefined : taskName(task);
  const isOfTask = (job: Job): boolean => name === undefined || job.task === name;
  const text = name ?? 'a job';
  if (args === undefined) return { text, fits: isOfTask };
  if (typeof args === 'function')
    return {
      text: `${text} with arguments that fit ${args.name || 'the function'}`,
      fits: (job) => isOfTask(job) && args(...job.args),
    };
  if (!Array.isArray(args))
    throw new InvalidArgumentError(
      `the arguments of ${caller} must be an array, or a function of them, ` +
        `not ${describeValue(args)}`,
    );
  return {
    text: `${text}(${shown(args)})`,
    fits: (job) => isOfTask(job) && isSame(job.args, args),
  };
}

function listed(jobs: readonly Job[], where: string): string {
  if (jobs.length === 0) return `No job is ${where}.`;
  const lines = jobs.slice(0, MOST_LISTED).map((job) => `\n  ${callOf(job)}`);
  const more = jobs.length - lines.length;
  return `These are ${where}:${lines.join('')}${more > 0 ? `\n  … and ${more} more` : ''}`;
}

const callOf = (job: Job): string => `${job.task}(${shown(job.args)})`;

function shown(args: readonly unknown[]): string {
  return args
    .map((arg) =>
      arg instanceof Job
        ? String(arg)
        : inspect(arg, { depth: 3, breakLength: Infinity, maxStringLength: 200, maxArrayLength: 20 }),
    )
    .join(', ');
}
