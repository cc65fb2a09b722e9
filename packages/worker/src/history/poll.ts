// A poll: a window of a few seconds, with the claims and the jobs of each agent in each lane.
import { SYSTEM_LANE } from '@drover/core/internal';
import { Counters } from './counters.js';
import type { JobInfo } from './job-history.js';

/** A lane, with the agent that claims from it. */
export interface LaneId {
  queue: string;
  agent: string;
  lane: string;
}

/** The claims and the jobs of one agent in one lane. */
export interface LanePoll extends LaneId {
  /** Claims sent alone. The finish of a job may claim the next one in the same round trip. */
  asked: number;
  /** Jobs that were claimed. */
  claimed: number;
  /** The ids of claimed jobs that still run, or are among the last 200. */
  jobs: string[];
  /** Tasks that were called; each retry counts. */
  started: number;
  successful: number;
  failed: number;
  /** Jobs that were interrupted: this dispatcher does not know how they ended. */
  unknown: number;
  /** Claims, and waits for a job, that failed. */
  errors: number;
  /** The last of these errors. */
  error: string | undefined;
}

/** The claims and the jobs of a dispatcher from `began` to `ended`. */
export interface Poll {
  /** Rises by one with each poll. */
  number: number;
  /** Milliseconds since 1970. */
  began: number;
  /** Milliseconds since 1970; undefined for the poll under way. */
  ended: number | undefined;
  /** One entry for each lane of each agent. */
  lanes: LanePoll[];
}

/** A poll as it is kept. */
export class PollRecord {
  ended: number | undefined;
  readonly counters: readonly Counters[];

  constructor(
    readonly lanes: readonly LaneId[],
    public number: number,
    public began: number,
  ) {
    this.counters = lanes.map(() => new Counters());
  }

  get isIdle(): boolean {
    return this.counters.every(({ isIdle }) => isIdle);
  }

  /** Takes in the idle poll that followed. */
  extend(next: PollRecord): void {
    this.ended = next.ended;
    this.counters.forEach((counters, i) => counters.addAll(next.counters[i] as Counters));
  }

  /** @param jobs the known jobs, the newest first */
  toPoll(jobs: readonly Readonly<JobInfo>[]): Poll {
    const { number, began, ended } = this;
    const ofThis = jobs.filter(({ poll }) => poll === number).reverse();
    const lanes = this.lanes.flatMap((id, i) => {
      const counters = this.counters[i] as Counters;
      // Looking for overdue jobs is no news: a system lane appears only if it had some.
      return id.agent === SYSTEM_LANE && counters.isIdle ? [] : [toLanePoll(id, counters, ofThis)];
    });
    return { number, began, ended, lanes };
  }
}

function toLanePoll(
  { queue, agent, lane }: LaneId,
  counters: Counters,
  jobs: readonly Readonly<JobInfo>[],
): LanePoll {
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
