// `serial` and `parallel` make composites.
import {
  asJob,
  checkOptions,
  InvalidArgumentError,
  Job,
  type BareTask,
  type Failure,
  type JobArgs,
  type JobsOf,
  type OnFailure,
  type Task,
} from '@drover/core';
import { isNew, putAlready, type Composite } from './composite.js';
import { parallelTask, serialTask } from './tasks.js';

/** How a composite ends. */
export interface CompositeOptions<
  R,
  P extends readonly Job[] = readonly Job[],
  O extends OnFailure = OnFailure,
> {
  /**
   * A new job that gets the completed parts, in the order given, after its own arguments. Its
   * result is the composite's.
   */
  postprocess?: Job<R, JobArgs<P>> | BareTask<R, JobArgs<P>>;
  /**
   * 'stop': the first part that fails ends the composite with its failure. Parts that have not
   * started are abandoned, parts that run go on by themselves, and `postprocess` is not called.
   * Default: 'continue', a failure is data for `postprocess` (C2).
   */
  onFailure?: O;
  /**
   * Whether parts without options and callbacks are stored many in one BullMQ job, a _pack_, and
   * each as a BullMQ job of its own only when it needs to be (C5). This makes large composites
   * several times faster and smaller, and changes nothing else. A dashboard of BullMQ shows packs.
   * Default: from 32 such parts of a `parallel` on, and from 4 of a `serial`.
   */
  packed?: boolean;
}

/**
 * The results of parts, in order: values, and failures unless the composite stops with them (C2).
 */
export type PartResults<P extends readonly Job[], O extends OnFailure = 'continue'> = {
  -readonly [I in keyof P]: P[I] extends Job<infer R>
    ? O extends 'stop'
      ? R
      : R | Failure
    : never;
};

/**
 * A job that runs `parts` one after another, each when the one before has completed or failed (C1).
 * Its result is that of `postprocess`; without one, the array of the parts' results. It may have no
 * parts. A task stands for a job of it.
 * @throws InvalidArgumentError if a part is not a job, or is there twice, or an option is wrong;
 *   BadStatusError if a part was put already
 */
export function serial<
  const P extends readonly (Job<unknown, []> | BareTask)[],
  O extends OnFailure = 'continue',
  R = PartResults<JobsOf<P>, O>,
>(parts: P, options: CompositeOptions<R, JobsOf<P>, O> = {}): Composite<R, JobsOf<P>> {
  return make(serialTask as Task, 'serial', parts, options) as Composite<R, JobsOf<P>>;
}

/**
 * A job that runs all `parts` at the same time, then `postprocess` (C1). Its result is that of
 * `postprocess`; without one, the array of the parts' results. It may have no parts. A task stands
 * for a job of it.
 * @throws InvalidArgumentError if a part is not a job, or is there twice, or an option is wrong;
 *   BadStatusError if a part was put already
 */
export function parallel<
  const P extends readonly (Job<unknown, []> | BareTask)[],
  O extends OnFailure = 'continue',
  R = PartResults<JobsOf<P>, O>,
>(parts: P, options: CompositeOptions<R, JobsOf<P>, O> = {}): Composite<R, JobsOf<P>> {
  return make(parallelTask as Task, 'parallel', parts, options) as Composite<R, JobsOf<P>>;
}

function make(
  task: Task,
  name: string,
  given: readonly unknown[],
  options: { postprocess?: unknown; onFailure?: OnFailure; packed?: boolean },
): Job {
  if (!Array.isArray(given))
    throw new InvalidArgumentError(`${name} takes an array of jobs: ${name}([a.job(), b.job()])`);
  checkOptions(name, options, ['postprocess', 'onFailure', 'packed']);
  const { postprocess, onFailure, packed } = options;
  if (onFailure !== undefined && onFailure !== 'continue' && onFailure !== 'stop')
    throw new InvalidArgumentError(`onFailure of ${name} must be 'continue' or 'stop'`);
  if (packed !== undefined && typeof packed !== 'boolean')
    throw new InvalidArgumentError(`packed of ${name} must be true or false`);
  const seen = new Set<string>();
  const nameOf = (i: number): string =>
    i < given.length ? `part ${i} of ${name}` : `the postprocess of ${name}`;
  const toPart = (part: unknown, i: number): Job => checkedPart(part, i, nameOf, seen);
  const parts = Array.from<unknown, Job>(given, toPart);
  const last = postprocess === undefined ? undefined : toPart(postprocess, parts.length);
  return task.job(parts, {
    ...(last && { postprocess: last }),
    ...(onFailure === 'stop' && { onFailure }),
    ...(packed !== undefined && { packed }),
  });
}

/** @param nameOf is called for an error alone: there may be many thousands of parts */
function checkedPart(
  given: unknown,
  i: number,
  nameOf: (i: number) => string,
  seen: Set<string>,
): Job {
  const job = given instanceof Job ? given : asJob(given, nameOf(i));
  if (!isNew(job)) throw putAlready(nameOf(i));
  if (seen.has(job.id))
    throw new InvalidArgumentError(`${nameOf(i)} is there twice: make a job for each time`);
  seen.add(job.id);
  return job;
}
