// The state of one queue and its lanes: numbers, and how late it is.
import type { DispatcherInfo, JobCounts, LaneActivity, Queue } from '@drover/core';
import { servingAgents } from './serving.js';

/** Numbers of jobs, and how many have ended within the last minute. */
export interface LaneNumbers extends JobCounts {
  /** Since when the job is due that waits the longest: ms since 1970. Missing: none is due. */
  oldestDue?: number;
  /** How many jobs have ended within the last minute, by their outcome. */
  lastMinute: { succeeded: number; failed: number };
}

export interface LaneState extends LaneNumbers {
  name: string;
  /** How many agents of active dispatchers serve it, and how many jobs they run at a time. */
  agents: number;
  slots: number;
}

export interface QueueState extends LaneNumbers {
  name: string;
  paused: boolean;
  /** Of the active jobs: those whose dispatcher is gone, and which wait for a decision. */
  interrupted: number;
  /** The lanes that have jobs or agents; `system` has recovery's own jobs. */
  lanes: LaneState[];
}

/** Within how many ms jobs have ended that are counted. */
const MINUTE = 60_000;

export async function readQueueState(
  queue: Queue,
  dispatchers: readonly DispatcherInfo[],
): Promise<QueueState> {
  const [counts, activity, paused] = await Promise.all([
    queue.counts(),
    queue.activity({ within: MINUTE }),
    queue.isPaused(),
  ]);
  const { lanes, interrupted, ...total } = counts;
  const states = Object.entries(lanes).map(([name, ofLane]): LaneState => {
    const agents = servingAgents(dispatchers, queue.name, name);
    const recent = Object.hasOwn(activity.lanes, name) ? activity.lanes[name] : undefined;
    const slots = agents.reduce((sum, { size }) => sum + size, 0);
    return { name, ...toNumbers(ofLane, recent), agents: agents.length, slots };
  });
  return {
    name: queue.name,
    paused,
    interrupted,
    ...toNumbers(total, activity),
    lanes: states.filter((lane) => lane.agents > 0 || hasJobs(lane)),
  };
}

function toNumbers(counts: JobCounts, activity: LaneActivity | undefined): LaneNumbers {
  const { succeeded = 0, failed = 0, oldestDue } = activity ?? {};
  return {
    ...counts,
    ...(oldestDue !== undefined && { oldestDue }),
    lastMinute: { succeeded, failed },
  };
}

function hasJobs({ pending, active, callbacks, completed, setAside }: JobCounts): boolean {
  return pending + active + callbacks + completed + setAside > 0;
}
