// The options of `queue.jobs`, and their checks (B2).
import { InvalidArgumentError } from '../errors.js';
import { JobStatus } from '../model/job-state.js';
import { checkName, SYSTEM_LANE, taskName } from '../lib/names.js';
import { describeValue } from '../lib/describe-value.js';
import { checkOptions, refuseUnknownOptions } from '../lib/unknown-options.js';

/** Which jobs to list. */
export interface ListOptions {
  /** Default: pending. */
  status?: JobStatus | readonly JobStatus[];
  /**
   * The first and the last position, from 0. Negative positions are refused, unlike in BullMQ; an
   * `end` before `start` gives no jobs. Default: the first thousand.
   */
  start?: number;
  end?: number;
  /** Jobs of this task or name only. Default: of all. */
  task?: string | { readonly name: string };
  /** Jobs of this lane only. Default: of all. */
  lane?: string;
}

/** The same, with all defaults. */
export interface Listing {
  statuses: ReadonlySet<JobStatus>;
  start: number;
  count: number;
  task: string | undefined;
  lane: string | undefined;
}

const STATUSES = new Set<unknown>(Object.values(JobStatus));
const DEFAULT_COUNT = 1_000;

/** @throws InvalidArgumentError, which names what is wrong */
export function toListing(options: ListOptions): Listing {
  checkOptions('jobs', options);
  const { status = JobStatus.PENDING, start = 0, end, task, lane, ...unknown } = options;
  refuseUnknownOptions('jobs', unknown);
  const statuses = new Set<JobStatus>(
    Array.isArray(status) ? (status as JobStatus[]) : [status as JobStatus],
  );
  for (const one of statuses) {
    if (!STATUSES.has(one))
      throw new InvalidArgumentError(`there is no status ${describeValue(one)}`);
  }
  if (lane !== undefined && lane !== SYSTEM_LANE) checkName('lane', lane);
  return {
    statuses,
    start,
    count: countOf(start, end),
    task: task === undefined ? undefined : taskName(task),
    lane,
  };
}

function countOf(start: number, end: number | undefined): number {
  if (Number.isInteger(start) && start >= 0) {
    if (end === undefined) return DEFAULT_COUNT;
    if (Number.isInteger(end) && end >= start - 1) return end + 1 - start;
  }
  throw new InvalidArgumentError(
    'start and end must be whole numbers, counted from 0, and end not before start',
  );
}
