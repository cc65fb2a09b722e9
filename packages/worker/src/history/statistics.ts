// Sums up the polls of an interval.
import { InvalidArgumentError } from '@drover/core';
import { describeValue } from '@drover/core/internal';
import { addEnd, addEnds, noEnds, type EndStatistics } from './ends.js';
import type { JobInfo } from './job-history.js';
import { END_KINDS, type LaneId, type PollRecord } from './poll.js';

/** An interval. Each end is a Date, or ms since 1970. */
export interface HistoryInterval {
  /** Polls that ended before it are left out. Default: none. */
  since?: Date | number;
  /** Polls that began at this time, or later, are left out. Default: none. */
  before?: Date | number;
}

/** Selects agents. Default: all. */
export interface AgentFilter {
  queue?: string;
  /** The name of an agent: in `queue`, else in each queue that has one. */
  agent?: string;
}

export interface StatisticsOptions extends HistoryInterval, AgentFilter {}

/** Sums over whole polls. */
export interface Statistics {
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

export function isOf(of: Pick<LaneId, 'queue' | 'agent'>, { queue, agent }: AgentFilter): boolean {
  return (queue === undefined || of.queue === queue) && (agent === undefined || of.agent === agent);
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
): Statistics {
  const sum: Statistics = {
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
