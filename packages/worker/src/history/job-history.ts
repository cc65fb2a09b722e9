// The last jobs that a dispatcher ran: one small record each, without arguments and results (B2).
import type { Failure } from '@drover/core';
import type { Run } from '../activation/activation.js';
import type { Committed, Outcome } from '../activation/outcome.js';
import { Ring } from './ring.js';

/** How a job stands, as far as a dispatcher knows that ran it. */
export const RunState = {
  /** It runs here now. */
  ACTIVE: 'active',
  /** It waits for other jobs. Another dispatcher may be the one that goes on with it. */
  WAITING: 'waiting',
  /** Its run ended with an error, and it runs again. */
  RETRIED: 'retried',
  /** Its value was stored. */
  SUCCESSFUL: 'successful',
  /** Its failure was stored. */
  FAILED: 'failed',
  /**
   * The dispatcher stopped before it had ended: its `handleInterrupt` decides. How it ended is
   * unknown here.
   */
  INTERRUPTED: 'interrupted',
  /** It was taken away, and what its run brought was refused (I5). How it ended is unknown here. */
  REASSIGNED: 'reassigned',
} as const;
export type RunState = (typeof RunState)[keyof typeof RunState];

/** What a dispatcher knows of a job that it runs, or ran. */
export interface JobInfo {
  id: string;
  /** The name of its task. */
  task: string;
  queue: string;
  agent: string;
  lane: string;
  state: RunState;
  /** The number of the claim. */
  fence: number;
  /** Interruptions before this claim. */
  interruptions: number;
  quotas: readonly string[];
  /**
   * When its task was started, in ms since 1970; undefined where it was not, or by another
   * dispatcher.
   */
  started: number | undefined;
  /** When its last run here had ended, in ms since 1970; undefined while it runs. */
  ended: number | undefined;
  /** The name of its failure. */
  failure: string | undefined;
  /** The number of the poll in which it was claimed. */
  poll: number;
}

/** So many jobs are remembered (D8). */
const JOBS = 200;
const NONE: readonly string[] = [];

/** What a stored outcome makes of a job; undefined: it was not run. */
const AFTER: Readonly<Record<Outcome['kind'], RunState | undefined>> = {
  done: RunState.SUCCESSFUL,
  failed: RunState.FAILED,
  retry: RunState.RETRIED,
  waitsFor: RunState.WAITING,
  postponed: undefined,
  parked: undefined,
  deadLetter: undefined,
  interrupted: RunState.INTERRUPTED,
};

export class JobHistory implements Iterable<Readonly<JobInfo>> {
  readonly #records = new Ring<JobInfo>(JOBS, emptyRecord);

  /** The newest first. */
  [Symbol.iterator](): Iterator<Readonly<JobInfo>> {
    return this.#records[Symbol.iterator]();
  }

  find(id: string): JobInfo | undefined {
    return this.#records.find((record) => record.id === id);
  }

  /** Records the end of a run, at `now`, ms since 1970. */
  record(run: Run, state: RunState, failure: Failure | undefined, now: number): JobInfo {
    const { claim, queue, agent } = run;
    // Only a job that was claimed before can be here.
    const known = claim.fence > 1 ? this.find(claim.id) : undefined;
    const started = startOf(run, known);
    const record = known ?? this.#records.take();
    record.id = claim.id;
    record.task = claim.task;
    record.queue = queue;
    record.agent = agent;
    record.lane = claim.lane;
    record.state = state;
    record.fence = claim.fence;
    record.interruptions = claim.interruptions;
    record.quotas = claim.options.quotas ?? NONE;
    record.started = started;
    record.ended = now;
    record.failure = failure?.name;
    record.poll = run.poll;
    return record;
  }
}

/** How a run left its job; undefined where it was not run, or had its result before (J7). */
export function stateAfter({ claim }: Run, committed: Committed): RunState | undefined {
  if (committed.kind === 'reassigned') return RunState.REASSIGNED;
  if (committed.kind === 'left') return RunState.INTERRUPTED;
  return claim.result ? undefined : AFTER[committed.outcome.kind];
}

/** A job that runs now. */
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
    quotas: options.quotas ?? NONE,
    started: startOf(run, known),
    ended: undefined,
    failure: undefined,
    poll,
  };
}

/**
 * When the task of a job was started here: the first time, where it has waited or was tried again
 * since.
 */
function startOf({ startedAt }: Run, known: JobInfo | undefined): number | undefined {
  const goesOn = known?.state === RunState.WAITING || known?.state === RunState.RETRIED;
  return (goesOn ? known.started : undefined) ?? startedAt;
}

function emptyRecord(): JobInfo {
  return {
    id: '',
    task: '',
    queue: '',
    agent: '',
    lane: '',
    state: RunState.ACTIVE,
    fence: 0,
    interruptions: 0,
    quotas: NONE,
    started: undefined,
    ended: undefined,
    failure: undefined,
    poll: 0,
  };
}
