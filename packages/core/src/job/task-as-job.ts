// Where a job is wanted, a task stands for a new job of it; anything else is no job, and an error
// says what it is.
import { classNamesOf } from '../lib/careful.js';
import { severalVersions } from '../lib/copies.js';

/** All that were ever defined: one that was replaced stands for its name still. */
const tasks = new WeakSet<object>();

/**
 * Lets a task stand for its jobs. What only looks like a task is not known to those that run jobs.
 */
export function noteTask(task: object): void {
  tasks.add(task);
}

/** A new job of a task; what is none is given back. */
export function unlessTask(what: unknown): unknown {
  return typeof what === 'object' && what !== null && tasks.has(what)
    ? (what as { job(): unknown }).job()
    : what;
}

/**
 * Says what a value is that was given in the place of a job, and what to give in its place where
 * that is known.
 */
export function notAJob(what: unknown): string {
  return `${kindOf(what)}${severalVersions()}`;
}

const OF_ANOTHER =
  'of another copy of @drover/core or of another realm, or only like one: use the copy that this queue or job is of';

function kindOf(what: unknown): string {
  if (typeof what === 'function')
    return 'a function: define a task of it with defineTask, and use that, or a job of it';
  if (typeof what !== 'object' || what === null) return what === null ? 'null' : typeof what;
  if (classNamesOf(what).includes('Job')) return `a job ${OF_ANOTHER}`;
  const { job, run } = what as { job?: unknown; run?: unknown };
  if (typeof job === 'function' && typeof run === 'function')
    return `an object that looks like a task, and was not made by defineTask, or is ${OF_ANOTHER}`;
  if (typeof job === 'function')
    return 'an object that looks like a task, and was not made by defineTask';
  return 'an object: use task.job(…)';
}
