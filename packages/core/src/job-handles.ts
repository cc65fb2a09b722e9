// Making handles of stored jobs: each of the class that its task asks for.
import type { JobReferenceData } from './codec/job-reference.js';
import type { JobHome } from './job-home.js';
import { attachJob, giveCallback, Job } from './job.js';
import type { StoredJob } from './store/store.js';
import { taskNamed } from './task.js';

/** A handle of a job that was read. `home`: of the queue through which it was read. */
export function jobFromStored(stored: StoredJob, home: JobHome): Job {
  const job = new (jobClassOf(stored.task))(stored.task, undefined, { id: stored.id, task: stored.task });
  attachJob(job, stored.queue === undefined ? home : home.homeIn(stored.queue), stored);
  return job;
}

/**
 * Completes a home with the function that makes handles of the jobs inside its jobs' values.
 * @param homeIn gives the home of a job that is in another queue
 */
export function withRevive(home: Omit<JobHome, 'revive' | 'homeIn'>, homeIn: (queue: string) => JobHome): JobHome {
  const full: JobHome = {
    ...home,
    revive: ({ queue = home.queueName, ...reference }) => reviveJob(reference, full.homeIn(queue), jobClassOf),
    homeIn: (queue) => (queue === home.queueName ? full : homeIn(queue)),
  };
  return full;
}

function jobClassOf(task: string): typeof Job {
  return taskNamed(task)?.jobClass ?? Job;
}

/** Makes a handle of a job inside a stored value. `classOf` gives the class of a task's handles. */
function reviveJob(
  reference: JobReferenceData,
  home: JobHome,
  classOf: (task: string) => typeof Job,
  isAttached = true,
): Job {
  const job = new (classOf(reference.task))(reference.task, undefined, reference);
  for (const callback of reference.callbacks ?? []) giveCallback(job, reviveJob(callback, home, classOf, false));
  if (isAttached) attachJob(job, home);
  return job;
}
