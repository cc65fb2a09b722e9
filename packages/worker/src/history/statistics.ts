// Sums up the polls of an interval.
import { InvalidArgumentError } from '@drover/core';
import { describeValue } from '@drover/core/internal';
import { isOf, type AgentFilter } from './agent-filter.js';
import { addEnd, addEnds, noEnds, type EndStatistics } from './ends.js';
import type { JobInfo } from './job-history.js';
import { END_KINDS, type LaneId, type PollRecord } from './poll.js';
import type { TimesOfJobs } from './times.js';

/** An interval. Each end is a Date, or ms since 1970. */
export interface HistoryInterval {
  /** Polls that ended before it are left out. Default: none. */
  since?: Date | number;
  /** Polls that began at this time, or later, are left out. Default: none. */
  before?: Date | number;
}

export interface StatisticsOptions extends HistoryInterval, AgentFilter {}

/**
 * Sums over whole polls. The percentiles `waited`, `duration` and `tasks` have a window of their
 * own: the last 10 to 20 minutes, whatever the interval. They are of jobs that have ended here then
 * with a value or a failure, composites among them.
 */
export interface Statistics extends TimesOfJobs {
  /** The beginning of the first poll that counts, in ms since 1970; undefined without a poll. */
  began: number | undefined;
  /** The end of the last poll that counts, in ms since 1970; undefined if that is under way. */
  ended: number | undefined;
  /** Tasks that were called; each retry counts. */
  started: number;
  /** Jobs whose value was stored. */
  successful: EndStatistics;
  /** Jobs whose failure was stored. */
  failed: EndStatistics;
  /** Jobs that were interrupted: this dispatcher does not know how they ended. */
  unknown: EndStatistics;
  /** Jobs that run now, whatever the interval, and for how long they have been running. */
  active: EndStatistics;
  /**
   * Jobs that ended by their timeout, whose tasks go on and keep their slots (J10), and for how
   * long they have been running.
   */
  stuck: EndStatistics;
  /**
   * The same percentiles of each task, by its name. Of an agent the first hundred tasks are kept;
   * jobs of others count in `waited` and `duration` of all.
   */
  tasks: Readonly<Record<string, TimesOfJobs>>;
}

/** The polls that touch an interval. @throws InvalidArgumentError for a value that is no time */
export function pollsWithin(
  polls: readonly PollRecord[],
  { since = -Infinity, before = Infinity }: HistoryInterval,
): PollRecord[] {
  const [from, to] = [toTime('since', since), toTime('before', before)];
  return polls.filter(({ began, ended = Infinity }) => ended >= from && began < to);
}

/** @throws InvalidArgumentError for a queue or an agent that the dispatcher does not have */
export function checkFilter({ queue, agent }: AgentFilter, lanes: readonly LaneId[]): void {
  if (lanes.some((lane) => isOf(lane, { queue, agent }))) return;
  const wanted = Object.entries({ agent, queue }).flatMap(([what, name]) =>
    name === undefined ? [] : `${what} ${describeValue(name)}`,
  );
  throw new InvalidArgumentError(`this dispatcher has no ${wanted.join(' in ')}`);
}

/**
 * @param polls the newest first
 * @param under the jobs that run `now`, and those that are stuck
 */
export function statisticsOf(
  polls: readonly PollRecord[],
  under: Readonly<Record<'active' | 'stuck', readonly Readonly<JobInfo>[]>>,
  filter: AgentFilter,
  now: number,
): Omit<Statistics, keyof TimesOfJobs | 'tasks'> {
  const sum = {
    began: polls.at(-1)?.began,
    ended: polls[0]?.ended,
    started: 0,
    successful: noEnds(),
    failed: noEnds(),
    unknown: noEnds(),
    active: noEnds(),
    stuck: noEnds(),
  };
  for (const lane of polls.flatMap(({ lanes }) => lanes)) {
    if (!isOf(lane, filter)) continue;
    sum.started += lane.started;
    for (const kind of END_KINDS) addEnds(sum[kind], lane[kind]);
  }
  for (const kind of ['active', 'stuck'] as const)
    for (const { id, started } of under[kind])
      addEnd(sum[kind], id, started === undefined ? undefined : Math.max(0, now - started));
  return sum;
}

function toTime(name: string, time: Date | number): number {
  const ms = time instanceof Date ? time.getTime() : time;
  if (typeof ms === 'number' && !Number.isNaN(ms)) return ms;
  throw new InvalidArgumentError(`${name} must be a Date, or a number of ms since 1970`);
}
