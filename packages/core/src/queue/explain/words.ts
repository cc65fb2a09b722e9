// The words of explanations (O4).
import type { ExplainedDispatcher, ExplainedJob, Reason } from '../../model/explanation.js';

/** `says`: the sentence about the job, behind its name. `advice`: the user's next step. */
export interface Words<R> {
  says: (reason: R) => string;
  advice: string;
}

/** The words for each reason of a group. */
export type WordsOf<R extends Reason> = {
  [C in R['reason']]: Words<Extract<R, { reason: C }>>;
};

/** `job <id> (<task>)`, as a handle is shown. */
export function jobName({ id, task }: { id: string; task?: string | undefined }): string {
  return task === undefined || task === '' ? `job ${id}` : `job ${id} (${task})`;
}

/** The same with its status. */
export function jobWords(job: ExplainedJob): string {
  return `${jobName(job)}, which is ${job.status}`;
}

/** Several jobs with their statuses. `all`: how many there are. */
export function jobsWords(jobs: readonly ExplainedJob[], all = jobs.length): string {
  const names = jobs.map((job) => `${jobName(job)}: ${job.status}`).join('; ');
  return all > jobs.length ? `${names}; and more` : names;
}

export function dispatcherWords({ uuid, host, pid }: ExplainedDispatcher): string {
  return host === '' ? `dispatcher ${uuid}` : `dispatcher ${uuid} (host ${host}, pid ${pid})`;
}

/** @param ms since 1970 */
export function timeWords(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms} ms since 1970` : date.toISOString();
}

export function secondsWords(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}

/** `1 job`, `2 jobs`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** A sentence more, where no dispatcher can do the next step. */
export function unlessAny(dispatchers: number): string {
  return dispatchers === 0 ? '. No dispatcher of the queue is active' : '';
}
