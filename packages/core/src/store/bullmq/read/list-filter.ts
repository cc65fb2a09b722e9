// Which jobs a listing shows.
import type { JobStatus } from '../../../model/job-state.js';
import type { StoredJob } from '../../../model/records.js';
import { namePattern } from './name-pattern.js';

/** A completed job has a value, or a failure. */
export type Outcome = 'succeeded' | 'failed';

/** The state of a pending job, by the names under which `JobCounts` counts it. */
export type PendingState = 'due' | 'delayed' | 'waitingForQuota';

export interface ListFilter {
  statuses: ReadonlySet<JobStatus>;
  /** Of pending jobs these alone; there is no other status then. Default: all pending ones. */
  pending?: ReadonlySet<PendingState> | undefined;
  /** The outcomes of the completed jobs. Default: both. */
  outcomes?: ReadonlySet<Outcome> | undefined;
  /** The name of their task; each `*` stands for any characters. */
  task?: string | undefined;
  /** The UUID of the dispatcher that runs them, or ran them last. */
  dispatcher?: string | undefined;
  /** ms since 1970: of the end of completed jobs, and of the put of others. */
  since?: number | undefined;
  until?: number | undefined;
  /** A text in their task, id, or arguments as JSON. */
  text?: string | undefined;
}

/** The facts of a job that decide whether a listing shows it, beside its status. */
export interface ListedFacts {
  task: string;
  dispatcher: string | undefined;
  /** ms since 1970. */
  putAt: number;
  /** Undefined: it has not ended. */
  endedAt: number | undefined;
  hasText: boolean;
}

/**
 * Whether each job has to be looked at: no index tells which jobs pass the filter.
 * @param hasTimes the list has the times already
 */
export function looksAtEach(filter: ListFilter, hasTimes: boolean): boolean {
  const { task, dispatcher, since, until, text } = filter;
  const byTime = !hasTimes && (since !== undefined || until !== undefined);
  return byTime || task !== undefined || dispatcher !== undefined || text !== undefined;
}

/** Makes the test of a job's facts, beside its status. */
export function matcherOf(filter: ListFilter): (facts: ListedFacts) => boolean {
  const { task, dispatcher, since = -Infinity, until = Infinity } = filter;
  const hasName = task === undefined ? () => true : namePattern(task);
  return (facts) => {
    const at = facts.endedAt ?? facts.putAt;
    return (
      hasName(facts.task) &&
      (dispatcher === undefined || dispatcher === facts.dispatcher) &&
      at >= since &&
      at < until &&
      facts.hasText
    );
  };
}

/** The facts of a job that was read. */
export function factsOf(job: StoredJob, { text }: ListFilter): ListedFacts {
  const { id, task, args, dispatcher, times } = job;
  return {
    ...{ task, dispatcher, putAt: times?.put ?? 0, endedAt: times?.ended },
    hasText: text === undefined || [id, task, args].some((value) => value.includes(text)),
  };
}

export function hasOutcome(job: StoredJob, { outcomes }: ListFilter): boolean {
  if (!outcomes || job.state !== 'finished') return true;
  return outcomes.has(job.result && 'failure' in job.result ? 'failed' : 'succeeded');
}
