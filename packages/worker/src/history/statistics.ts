// Statistics over the polls of an interval.
import { InvalidArgumentError } from '@drover/core';
import { describeValue } from '@drover/core/internal';
import type { JobInfo } from './job-history.js';
import type { LaneId, PollRecord } from './poll.js';
import { Durations, Counters, type EndStatistics } from './counters.js';

/** An interval of time; each end is a Date, or ms since 1970. */
export interface HistoryInterval {
  /** What ended before it is left out. Default: as far back as polls are kept. */
  since?: Date | number;
  /** What began then, or later, is left out. Default: now. */
  before?: Date | number;
}

/** Whose jobs. Default: all. */
export interface AgentFilter {
  queue?: string;
  /** The name of an agent, in each queue or in `queue`. */
  agent?: string;
}

export interface StatisticsOptions extends HistoryInterval, AgentFilter {}

/** What a dispatcher did, over whole polls. */
export interface Statistics {
  /**
   * The beginning of the first poll that counts, in ms since 1970; undefined where there is none.
   */
  began: number | undefined;
  /** The end of the last poll that counts, in ms since 1970; undefined while it goes on. */
  ended: number | undefined;
  /** Tasks that were started; a job that is tried again is started again. */
  started: number;
  /** Jobs whose value was stored. */
  successful: EndStatistics;
  /** Jobs whose failure was stored. */
  failed: EndStatistics;
  /** Jobs that were interrupted, or taken away: how they ended is not known here. */
  unknown: EndStatistics;
  /** Jobs that run now, whatever the interval, and how long they have been running. */
  active: EndStatistics;
}

type Times = { since: number; before: number };

/** @throws InvalidArgumentError for a time that is none */
export function toTimes({ since = -Infinity, before = Infinity }: HistoryInterval): Times {
  return { since: toTime('since', since), before: toTime('before', before) };
}

/** Whether a poll counts, which goes on where it has not ended. */
export function isWithin(
  { began, ended = Infinity }: PollRecord,
  { since, before }: Times,
): boolean {
  return ended >= since && began < before;
}

/** @throws InvalidArgumentError for a queue or an agent that the dispatcher does not have */
export function checkFilter({ queue, agent }: AgentFilter, places: readonly LaneId[]): void {
  if (places.some((deps) => isOf(deps, { queue, agent }))) return;
  const wanted = Object.entries({ agent, queue }).flatMap(([what, name]) =>
    name === undefined ? [] : `${what} ${describeValue(name)}`,
  );
  throw new InvalidArgumentError(`this dispatcher has no ${wanted.join(' in ')}`);
}

export function isOf(
  deps: Pick<LaneId, 'queue' | 'agent'>,
  { queue, agent }: AgentFilter,
): boolean {
  return (
    (queue === undefined || deps.queue === queue) && (agent === undefined || deps.agent === agent)
  );
}

/**
 * @param polls the newest first
 * @param active what runs `now`
 */
export function statisticsOf(
  polls: readonly PollRecord[],
  active: readonly Readonly<JobInfo>[],
  filter: AgentFilter,
  now: number,
): Statistics {
  const sum = new Counters();
  for (const { places, tallies } of polls) {
    tallies.forEach((counters, i) => {
      if (isOf(places[i] as LaneId, filter)) sum.addAll(counters);
    });
  }
  const running = new Durations();
  for (const { id, started } of active)
    running.add(id, started === undefined ? undefined : Math.max(0, now - started));
  return {
    began: polls.at(-1)?.began,
    ended: polls[0]?.ended,
    started: sum.started,
    successful: sum.successful.toStatistics(),
    failed: sum.failed.toStatistics(),
    unknown: sum.unknown.toStatistics(),
    active: running.toStatistics(),
  };
}

function toTime(name: string, time: Date | number): number {
  const ms = time instanceof Date ? time.getTime() : time;
  if (typeof ms === 'number' && !Number.isNaN(ms)) return ms;
  throw new InvalidArgumentError(`${name} must be a Date, or a number of ms since 1970`);
}
