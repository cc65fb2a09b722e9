// A poll: what the agents of a dispatcher asked for, and got, in a few seconds.
import { SYSTEM_LANE } from '@drover/core/internal';
import type { JobInfo } from './job-history.js';
import { Counters } from './counters.js';

/** Where an agent claims. */
export interface LaneId {
  queue: string;
  agent: string;
  lane: string;
}

/** What one agent asked for and got in one lane. */
export interface LanePoll extends LaneId {
  /**
   * Claims that were sent by themselves: the end of a job may claim the next one in the same round
   * trip.
   */
  asked: number;
  /** Jobs that it got. */
  claimed: number;
  /** Their ids, as far as they run still, or are among the last 200. */
  jobs: string[];
  /** Tasks that were started; a job that is tried again is started again. */
  started: number;
  successful: number;
  failed: number;
  /** Jobs that were interrupted, or taken away: how they ended is not known here. */
  unknown: number;
  /** Claims, and waits for a job, that failed. */
  errors: number;
  /** The last of these errors. */
  error: string | undefined;
}

/** What a dispatcher asked for and got, from `began` until `ended`. */
export interface Poll {
  /** It rises by one with each poll. */
  number: number;
  /** Milliseconds since 1970. */
  began: number;
  /** Milliseconds since 1970; undefined while it goes on. */
  ended: number | undefined;
  /** Each agent, lane by lane. */
  lanes: LanePoll[];
}

/** A poll as it is kept; written anew when it is the oldest. */
export class PollRecord {
  number = 0;
  began = 0;
  ended: number | undefined;
  readonly tallies: readonly Counters[];

  constructor(readonly places: readonly LaneId[]) {
    this.tallies = places.map(() => new Counters());
  }

  get isIdle(): boolean {
    return this.tallies.every(({ isIdle }) => isIdle);
  }

  begin(number: number, now: number): void {
    this.number = number;
    this.began = now;
    this.ended = undefined;
    for (const counters of this.tallies) counters.clear();
  }

  /** Takes in the idle poll that came after it. */
  extend(next: PollRecord): void {
    this.ended = next.ended;
    this.tallies.forEach((counters, i) => counters.addAll(next.tallies[i] as Counters));
  }

  /** @param jobs what is known of jobs, the newest first */
  toPoll(jobs: readonly Readonly<JobInfo>[]): Poll {
    const { number, began, ended, tallies } = this;
    const ofThis = jobs.filter(({ poll }) => poll === number).reverse();
    const lanes = this.places.flatMap((deps, i) => {
      const counters = tallies[i] as Counters;
      // What has not begun in time ends beside the agents. That somebody looks for such jobs is
      // nothing to tell.
      return deps.agent === SYSTEM_LANE && counters.isIdle
        ? []
        : [toLanePoll(deps, counters, ofThis)];
    });
    return { number, began, ended, lanes };
  }
}

function toLanePoll(
  deps: LaneId,
  counters: Counters,
  jobs: readonly Readonly<JobInfo>[],
): LanePoll {
  const { queue, agent, lane } = deps;
  const { asked, claimed, started, successful, failed, unknown, errors, lastError } = counters;
  const isHere = (job: Readonly<JobInfo>): boolean =>
    job.queue === queue && job.agent === agent && (job.lane === lane || agent === SYSTEM_LANE);
  return {
    queue,
    agent,
    lane,
    asked,
    claimed,
    jobs: jobs.filter(isHere).map(({ id }) => id),
    started,
    successful: successful.count,
    failed: failed.count,
    unknown: unknown.count,
    errors,
    error: lastError,
  };
}
