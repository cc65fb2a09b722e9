// The run of a job as `local` shows it.
import type { Job } from '../job/job.js';
import { currentRun, type RunContext } from '../job/run-context.js';
import type { Queue } from '../queue/queue.js';

export interface LocalContext extends RunContext {
  job: Job;
  queue: Queue;
}

/** The run of the calling task; undefined outside a running task. */
export function currentLocal(): LocalContext | undefined {
  // The worker begins each run with the whole context.
  return currentRun() as LocalContext | undefined;
}
