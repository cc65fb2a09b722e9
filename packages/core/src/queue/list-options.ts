// The options of `queue.jobs`, and their checks (B2).
import { InvalidArgumentError } from '../errors.js';
import { JobStatus } from '../model/job-state.js';
import { checkName, SYSTEM_LANE, taskName } from '../lib/names.js';
import { describeValue } from '../lib/describe-value.js';
import { checkOptions, refuseUnknownOptions } from '../lib/unknown-options.js';
import { isUuid } from '../lib/uuid.js';
import { checkWhole } from '../lib/whole-number.js';
import type { ListFilter, Outcome, PendingState } from '../store/bullmq/read/list-filter.js';

/**
 * A status; the outcome of completed jobs: those that have a value, or a Failure; or what pending
 * jobs wait for, as in `QueueCounts`.
 */
export type ListStatus = JobStatus | Outcome | PendingState;

/** Which jobs to list. A job is listed where it passes all of these. */
export interface ListOptions {
  /**
   * One or several. 'completed' is 'succeeded' and 'failed' together; 'pending' is 'due', 'delayed'
   * and 'waitingForQuota' together, which stand with each other alone. Default: pending.
   */
  status?: ListStatus | readonly ListStatus[];
  /**
   * The first and the last position, from 0. Negative positions are refused, unlike in BullMQ; an
   * `end` before `start` gives no jobs. Default: the first thousand.
   */
  start?: number;
  end?: number;
  /**
   * Jobs of this task or name only. In a name each `*` stands for any characters: 'images.*'.
   * Default: of all.
   */
  task?: string | { readonly name: string };
  /** Jobs of this lane only. Default: of all. */
  lane?: string;
  /** Jobs that the dispatcher with this UUID runs, or ran last (`job.dispatcher`). */
  dispatcher?: string;
  /**
   * Times, as a Date or in ms since 1970: of the end of completed jobs, and of the put of others.
   * Jobs from `since` on and before `until` are listed. Default: no limit.
   */
  since?: Date | number;
  until?: Date | number;
  /** Jobs with this text in their task, id or arguments as JSON; the case of letters counts. */
  text?: string;
}

/** Of a list, whose cost may be bounded. */
export interface BoundedListOptions extends ListOptions {
  /**
   * So many jobs are looked at, a thousand at a time: a list that few jobs pass may end before it
   * has found them. Default: no limit.
   */
  mostRead?: number;
}

/** The same, with all defaults. */
export interface Listing {
  filter: ListFilter;
  start: number;
  count: number;
  lane: string | undefined;
}

const STATUSES = new Set<unknown>(Object.values(JobStatus));
const OUTCOMES: ReadonlySet<unknown> = new Set<Outcome>(['succeeded', 'failed']);
const PENDING: ReadonlySet<unknown> = new Set<PendingState>(['due', 'delayed', 'waitingForQuota']);
const DEFAULT_COUNT = 1_000;

/** @throws InvalidArgumentError, which names what is wrong */
export function toListing(options: ListOptions): Listing {
  checkOptions('jobs', options);
  const { status = JobStatus.PENDING, start = 0, end, lane, ...more } = options;
  const { task, dispatcher, since, until, text, ...unknown } = more;
  refuseUnknownOptions('jobs', unknown);
  if (lane !== undefined && lane !== SYSTEM_LANE) checkName('lane', lane);
  if (dispatcher !== undefined && !isUuid(dispatcher)) {
    throw new InvalidArgumentError(
      `dispatcher must be the UUID of a dispatcher, not ${describeValue(dispatcher)}`,
    );
  }
  if (text !== undefined && (typeof text !== 'string' || text === ''))
    throw new InvalidArgumentError('text must be a string that is not empty');
  const filter: ListFilter = {
    ...toStatuses(Array.isArray(status) ? (status as unknown[]) : [status]),
    task: task === undefined ? undefined : taskName(task),
    dispatcher,
    since: toTime('since', since),
    until: toTime('until', until),
    text,
  };
  return { filter, start, count: countOf(start, end), lane };
}

/** @throws InvalidArgumentError, which names what is wrong */
export function toBoundedListing(options: BoundedListOptions): Listing & { mostRead: number } {
  checkOptions('jobs', options);
  const { mostRead = Infinity, ...others } = options;
  checkWhole('mostRead of jobs', mostRead, { from: 1, orInfinity: true });
  return { ...toListing(others), mostRead };
}

function toStatuses(
  given: readonly unknown[],
): Pick<ListFilter, 'statuses' | 'outcomes' | 'pending'> {
  const pending = given.filter((one): one is PendingState => PENDING.has(one));
  if (pending.length > 0) {
    const other = given.find((one) => !PENDING.has(one));
    if (other === undefined)
      return { statuses: new Set([JobStatus.PENDING]), pending: new Set(pending) };
    throw new InvalidArgumentError(
      `${describeValue(pending[0])} and ${describeValue(other)} are not listed together: ask for ` +
        "each, or for 'pending'",
    );
  }
  const statuses = new Set<JobStatus>();
  const outcomes = new Set<Outcome>();
  for (const one of given) {
    if (OUTCOMES.has(one)) outcomes.add(one as Outcome);
    else if (STATUSES.has(one)) statuses.add(one as JobStatus);
    else throw new InvalidArgumentError(`there is no status ${describeValue(one)}`);
  }
  const areAll = statuses.has(JobStatus.COMPLETED);
  if (outcomes.size > 0) statuses.add(JobStatus.COMPLETED);
  return { statuses, outcomes: areAll ? undefined : outcomes };
}

function toTime(name: string, time: unknown): number | undefined {
  if (time === undefined) return undefined;
  const ms = time instanceof Date ? time.getTime() : time;
  if (typeof ms === 'number' && Number.isFinite(ms)) return ms;
  throw new InvalidArgumentError(`${name} must be a valid Date, or a number of ms since 1970`);
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
