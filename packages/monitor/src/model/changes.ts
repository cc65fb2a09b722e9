// What can be done to a job, and to all jobs of a queue that pass a filter (Q11).
import type { ChangeAllOptions, ChangedJobs, Job, ListOptions, Queue } from '@drover/core';

export interface Change {
  name: 'retry' | 'cancel' | 'remove';
  description: string;
  done: string;
  one: (job: Job, queue: Queue, reason: string | undefined) => Promise<unknown>;
  all: (
    queue: Queue,
    filter: ListOptions,
    options: ChangeAllOptions & { reason?: string },
  ) => Promise<ChangedJobs>;
}

export const CHANGES: readonly Change[] = [
  {
    name: 'retry',
    description: 'lets failed jobs run again; by a filter those that failed',
    done: 'will run again',
    one: (job) => job.retry(),
    all: (queue, filter, options) => queue.retryAll(filter, options),
  },
  {
    name: 'cancel',
    description: 'cancels jobs with all below them; by a filter pending and active ones',
    done: 'cancelled',
    one: (job, _, reason) => job.cancel(reason),
    all: (queue, filter, options) => queue.cancelAll(filter, options),
  },
  {
    name: 'remove',
    description: 'removes pending jobs; by a filter also completed ones',
    done: 'removed',
    one: (job, queue) => queue.remove(job),
    all: (queue, filter, options) => queue.removeAll(filter, options),
  },
];
