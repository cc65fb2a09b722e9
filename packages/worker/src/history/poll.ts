// A poll: a window of a few seconds, with the claims and the jobs of each agent in each lane.
import { SYSTEM_LANE } from '@drover/core/internal';
import { noEnds, type EndStatistics } from './ends.js';
import type { JobInfo } from './job-history.js';

/** A lane, with the agent that claims from it. */
export interface LaneId {
  queue: string;
  agent: string;
  lane: string;
}

/** The claims and the jobs of one agent in one lane. */
export interface LanePoll extends LaneId {
  /** Claims of slots that were free. A slot that ends jobs claims the next ones in one script. */
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

/** How a job can end. `unknown`: it was interrupted. */
export const END_KINDS = ['successful', 'failed', 'unknown'] as const;
export type EndKind = (typeof END_KINDS)[number];

/** A lane of a poll as it is kept. */
export type LaneRecord = Omit<LanePoll, 'jobs' | EndKind> & Record<EndKind, EndStatistics>;

/** A poll as it is kept: the jobs have their own history. */
export interface PollRecord extends Omit<Poll, 'lanes'> {
  lanes: LaneRecord[];
}

export function newLane(id: LaneId): LaneRecord {
  const counts = { asked: 0, claimed: 0, started: 0, errors: 0, error: undefined };
  return { ...id, ...counts, successful: noEnds(), failed: noEnds(), unknown: noEnds() };
}

/** Whether claims found nothing, and nothing else happened. */
export function isIdle(lane: LaneRecord): boolean {
  const { claimed, started, errors } = lane;
  return claimed + started + errors === 0 && END_KINDS.every((kind) => lane[kind].count === 0);
}

/** @param jobs the known jobs, the newest first */
export function toPoll(poll: PollRecord, jobs: readonly Readonly<JobInfo>[]): Poll {
  const ofThis = jobs.filter((job) => job.poll === poll.number).reverse();
  // Looking for overdue jobs is no news: a system lane appears only if it had some.
  const lanes = poll.lanes.filter((lane) => lane.agent !== SYSTEM_LANE || !isIdle(lane));
  return { ...poll, lanes: lanes.map((lane) => toLanePoll(lane, ofThis)) };
}

function toLanePoll(record: LaneRecord, jobs: readonly Readonly<JobInfo>[]): LanePoll {
  const { queue, agent, lane, successful, failed, unknown } = record;
  const isHere = (job: Readonly<JobInfo>): boolean =>
    job.queue === queue && job.agent === agent && (job.lane === lane || agent === SYSTEM_LANE);
  return {
    ...record,
    jobs: jobs.filter(isHere).map(({ id }) => id),
    successful: successful.count,
    failed: failed.count,
    unknown: unknown.count,
  };
}
