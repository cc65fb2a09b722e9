// Takes a task in the place of a job, and describes any other value for an error.
import { classNamesOf } from '../lib/careful.js';
import { severalVersions } from '../lib/copies.js';

/** All tasks ever defined. A replaced task still stands for its name. */
const tasks = new WeakSet<object>();

/**
 * Lets a task stand for its jobs. An object that only looks like a task does not: no process could
 * run it.
 */
export function noteTask(task: object): void {
  tasks.add(task);
}

/** A new job if the value is a task; else the value itself. */
export function unlessTask(what: unknown): unknown {
  return typeof what === 'object' && what !== null && tasks.has(what)
    ? (what as { job(): unknown }).job()
    : what;
}

/** Describes a value that is no job, and what to give in its place. */
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
