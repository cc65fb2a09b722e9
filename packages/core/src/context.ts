// What a running task can ask about itself: `local`, through AsyncLocalStorage.
import { AsyncLocalStorage } from 'node:async_hooks';
import { NoLocalJobError } from './errors.js';
import type { Job } from './job.js';
import type { Queue } from './queue.js';

/** What `local` says of the dispatcher that runs a job. */
export interface LocalDispatcher {
  readonly uuid: string;
}

/** Everything that `local` gives, for one run of a job. */
export interface LocalContext {
  job: Job;
  queue: Queue;
  dispatcher: LocalDispatcher;
  signal: AbortSignal;
  fence: number;
}

const storage = new AsyncLocalStorage<LocalContext>();

function current(): LocalContext {
  const context = storage.getStore();
  if (!context) throw new NoLocalJobError('`local` serves inside a running task only');
  return context;
}

/** Calls `task` as one run of a job: `local` works inside it, and in all that it awaits. */
export function runInContext<T>(context: LocalContext, task: () => T): T {
  return storage.run(context, task);
}

/** The running job's view of itself. Every member throws NoLocalJobError outside a running task. */
export const local = {
  /** The job that runs. */
  getJob: (): Job => current().job,
  /** The queue that it was put into. */
  getQueue: (): Queue => current().queue,
  /** The dispatcher that runs it. */
  getDispatcher: (): LocalDispatcher => current().dispatcher,
  /** Aborted when the job is to stop: its dispatcher deactivates (D6), or has lost the job (I5). */
  get signal(): AbortSignal {
    return current().signal;
  },
  /** The fencing token: rises with each claim of this job, so that an external store can refuse an older one (I5). */
  get fence(): number {
    return current().fence;
  },
};
