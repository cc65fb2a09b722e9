// Looks for jobs with a task and arguments among those that were put.
import { inspect } from 'node:util';
import { InvalidArgumentError } from '../../errors.js';
import { Job } from '../../job/job.js';
import { describeValue } from '../../lib/describe-value.js';
import { taskName } from '../../lib/names.js';
import type { Queue } from '../../queue/queue.js';
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

interface Wanted {
  text: string;
  fits: (job: Job) => boolean;
}

/** @throws InvalidArgumentError, which names what is wrong */
export async function lookInto(
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
  const odd = jobs.findIndex((job) => !(job instanceof Job));
  if (odd >= 0)
    throw new InvalidArgumentError(
      `${caller} takes an array of jobs, not of ${describeValue(jobs[odd])}`,
    );
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

/** The jobs that are there, for an error. */
export function listed(jobs: readonly Job[], where: string): string {
  if (jobs.length === 0) return `No job is ${where}.`;
  const lines = jobs.slice(0, MOST_LISTED).map((job) => `\n  ${textOf(job)}`);
  const more = jobs.length - lines.length;
  return `These are ${where}:${lines.join('')}${more > 0 ? `\n  … and ${more} more` : ''}`;
}

export const textOf = (job: Job): string => `${job.task}(${shown(job.args)})`;

function shown(args: readonly unknown[]): string {
  return args
    .map((arg) =>
      arg instanceof Job
        ? String(arg)
        : inspect(arg, {
            depth: 3,
            breakLength: Infinity,
            maxStringLength: 200,
            maxArrayLength: 20,
          }),
    )
    .join(', ');
}
