// Continuations: a task returns one to let its job wait for other jobs. Every composite is built on
// it (C6).
import { asJob } from './as-job.js';
import { BadStatusError, InvalidArgumentError } from '../errors.js';
import { placeOfPut } from '../job/handle-data.js';
import { Job, type BareTask } from '../job/job.js';
import type { JobsOf } from './task-types.js';
import { checkOptions, refuseUnknownOptions } from '../lib/unknown-options.js';
import type { OnFailure } from '../model/records.js';

export type { OnFailure } from '../model/records.js';

/** The completed jobs as arguments of `then`. */
export type JobArgs<J extends readonly Job[]> = { -readonly [I in keyof J]: J[I] };

/** How the job goes on after the jobs that it joins. */
export interface JoinOptions<R, J extends readonly Job[] = readonly Job[]> {
  /** Each job starts when the one before it has completed. Default: all at once. */
  inOrder?: boolean;
  /**
   * A new job that gets the completed jobs as arguments after its bound ones. Its result becomes
   * that of the joining job.
   */
  then?: Job<R, JobArgs<J>> | BareTask<R, JobArgs<J>>;
  /**
   * 'stop': the first failure among `jobs` abandons those that have not started, and fails the
   * joining job; `then` is not called. Running jobs go on. Default: 'continue', a failure is data
   * for `then` (C2).
   */
  onFailure?: OnFailure;
  /**
   * Whether new jobs without options and callbacks are stored many in one BullMQ job (C5). Default:
   * where there are many.
   */
  packed?: boolean | undefined;
}

/** The dependencies of a job, and the job that is called with them. Made by `joinJobs`. */
export class Continuation<R = unknown> {
  /** Marks the type, so that a task's result type is the continuation's. */
  declare readonly result?: R;

  constructor(
    readonly jobs: readonly Job[],
    readonly inOrder: boolean,
    readonly then: Job<R> | undefined,
    readonly onFailure: OnFailure = 'continue',
    readonly packed?: boolean,
  ) {}
}

/**
 * A task returns this to let its job wait, without a slot of an agent, until `jobs` have completed
 * or failed. The result is then that of `options.then`, called with the jobs; without it, the array
 * of their results. A task stands for a job of it.
 * @throws InvalidArgumentError where a value is not a job, or is given twice, or an option is
 *   wrong; BadStatusError where a job that starts after others was put already
 */
export function joinJobs<const P extends readonly (Job<unknown, []> | BareTask)[], R = unknown[]>(
  what: P,
  options: JoinOptions<R, JobsOf<P>> = {},
): Continuation<R> {
  if (!Array.isArray(what)) throw new InvalidArgumentError('joinJobs takes an array of jobs');
  checkOptions('joinJobs', options);
  const { inOrder = false, then: follower, onFailure = 'continue', packed, ...unknown } = options;
  refuseUnknownOptions('joinJobs', unknown);
  if (typeof inOrder !== 'boolean') throw new InvalidArgumentError('inOrder must be true or false');
  if (onFailure !== 'continue' && onFailure !== 'stop')
    throw new InvalidArgumentError("onFailure must be 'continue' or 'stop'");
  if (packed !== undefined && typeof packed !== 'boolean')
    throw new InvalidArgumentError('packed must be true or false');
  // Its name is made for an error alone: there may be many thousands.
  const jobs = Array.from<unknown, Job>(what, (job, i) =>
    job instanceof Job ? job : asJob(job, `job ${i} to join`),
  );
  const then =
    follower === undefined ? undefined : (asJob(follower, 'the job `then` to join') as Job<R>);
  const all: readonly Job[] = then === undefined ? jobs : [...jobs, then];
  const nameOf = (i: number): string => (i < jobs.length ? `job ${i}` : 'the job `then`');
  const seen = new Set<string>();
  all.forEach((job, i) => {
    if (seen.has(job.id))
      throw new InvalidArgumentError(
        `${nameOf(i)} to join is there twice: make a job for each time`,
      );
    seen.add(job.id);
    const mustBeNew = inOrder || (job === then && jobs.length > 0);
    if (mustBeNew && placeOfPut(job)) {
      throw new BadStatusError(
        `${nameOf(i)} to join was put already: what is to start after others must be new`,
      );
    }
  });
  return new Continuation(jobs, inOrder, then, onFailure, packed);
}
