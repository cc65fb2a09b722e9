// The last jobs that a dispatcher ran: a small record of each, without arguments and result (B2).
import type { Failure } from '@drover/core';
import type { Run } from '../activation/activation.js';
import type { Committed, Outcome } from '../activation/outcome.js';

/** The state of a job, as known to a dispatcher that ran it. */
export const RunState = {
  /** The job runs here now. */
  ACTIVE: 'active',
  /** The job waits for other jobs. Another dispatcher may continue it. */
  WAITING: 'waiting',
  /** The run ended with an error, and the job will run again. */
  RETRIED: 'retried',
  /** The value of the job is stored. */
  SUCCESSFUL: 'successful',
  /** The failure of the job is stored. */
  FAILED: 'failed',
  /** The dispatcher stopped during the run: a `handleInterrupt` job decides what follows. */
  INTERRUPTED: 'interrupted',
  /** The job was interrupted during the run, and the result of the run was refused (I5). */
  REASSIGNED: 'reassigned',
} as const;
export type RunState = (typeof RunState)[keyof typeof RunState];

/** A job that a dispatcher runs, or ran. */
export interface JobInfo {
  id: string;
  /** The name of the task. */
  task: string;
  queue: string;
  agent: string;
  lane: string;
  state: RunState;
  /** The number of the claim. */
  fence: number;
  /** How often the job was interrupted before this claim. */
  interruptions: number;
  quotas: readonly string[];
  /** When the task was called here, in ms since 1970; undefined if it was not. */
  started: number | undefined;
  /**
   * Ms from when the job was due to that; undefined if the task was not called here.
   */
  waited: number | undefined;
  /** When the last run here ended, in ms since 1970; undefined while the job runs. */
  ended: number | undefined;
  /** The name of the failure. */
  failure: string | undefined;
  /** The number of the poll in which the job was claimed. */
  poll: number;
}

/** The number of jobs that are kept (D8). */
const JOBS = 200;

/** The state of a job after a stored outcome; undefined: its task was not called. */
const AFTER: Readonly<Record<Outcome['kind'], RunState | undefined>> = {
  done: RunState.SUCCESSFUL,
  failed: RunState.FAILED,
  retry: RunState.RETRIED,
  waitsFor: RunState.WAITING,
  postponed: undefined,
  parked: undefined,
  rateLimited: RunState.RETRIED,
  deadLetter: undefined,
  interrupted: RunState.INTERRUPTED,
};

export class JobHistory {
  /** By id, in the order in which they were first recorded. */
  readonly #jobs = new Map<string, JobInfo>();

  get newestFirst(): Readonly<JobInfo>[] {
    return [...this.#jobs.values()].reverse();
  }

  find(id: string): JobInfo | undefined {
    return this.#jobs.get(id);
  }

  /** Records the end of a run, at `now`, ms since 1970. */
  record(run: Run, state: RunState, failure: Failure | undefined, now: number): JobInfo {
    const { id } = run.claim;
    const info = infoOfActive(run, this.find(id));
    info.state = state;
    info.ended = now;
    info.failure = failure?.name;
    this.#jobs.set(id, info);
    const [oldest] = this.#jobs.keys();
    if (this.#jobs.size > JOBS) this.#jobs.delete(oldest as string);
    return info;
  }
}

/** The state of a job after its run; undefined: its task was not called in this run. */
export function stateAfter({ claim }: Run, committed: Committed): RunState | undefined {
  if (committed.kind === 'reassigned') return RunState.REASSIGNED;
  if (committed.kind === 'left') return RunState.INTERRUPTED;
  return claim.result ? undefined : AFTER[committed.outcome.kind];
}

/** @param known the record of an earlier run of the same job */
export function infoOfActive(run: Run, known: JobInfo | undefined): JobInfo {
  const { claim, queue, agent, poll } = run;
  const { id, task, lane, fence, interruptions, options } = claim;
  return {
    id,
    task,
    queue,
    agent,
    lane,
    state: RunState.ACTIVE,
    fence,
    interruptions,
    quotas: options.quotas ?? [],
    started: startOf(run, known),
    waited: isContinued(known) ? (known.waited ?? run.waited) : run.waited,
    ended: undefined,
    failure: undefined,
    poll,
  };
}

/** When the task was first called here: a job that waited, or is retried, keeps that time. */
function startOf({ startedAt }: Run, known: JobInfo | undefined): number | undefined {
  return (isContinued(known) ? known.started : undefined) ?? startedAt;
}

function isContinued(known: JobInfo | undefined): known is JobInfo {
  return known?.state === RunState.WAITING || known?.state === RunState.RETRIED;
}
