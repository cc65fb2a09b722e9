// What one agent does in one lane, as its claimer and its runs tell it: a few numbers for each job
// (D8).
import type { Clock } from '@drover/core/internal';
import type { Run } from '../activation/activation.js';
import type { Committed } from '../activation/outcome.js';
import { RunState, stateAfter, type JobHistory, type JobInfo } from './job-history.js';
import { Counters } from './counters.js';

export class LaneHistory {
  /** Of the poll that is going on. */
  #counters = new Counters();
  /** Its number. */
  #poll = 0;

  constructor(
    private readonly jobs: JobHistory,
    private readonly clock: Clock,
  ) {}

  /** From now on another poll is going on. */
  countIn(counters: Counters, poll: number): void {
    this.#counters = counters;
    this.#poll = poll;
  }

  /** The lane was asked for a job. */
  asked(): void {
    this.#counters.asked++;
  }

  /** Asking failed. */
  failed({ name, message }: Error): void {
    this.#counters.errors++;
    this.#counters.lastError = `${name}: ${message}`;
  }

  claimed(run: Run): void {
    run.poll = this.#poll;
    this.#counters.claimed++;
  }

  started(run: Run): void {
    run.startedAt = this.clock.now();
    this.#counters.started++;
  }

  /** Gives how many ms the job took here; undefined where its task was not started here. */
  ended(run: Run, committed: Committed): number | undefined {
    const state = stateAfter(run, committed);
    if (state === undefined) return undefined;
    const outcome = committed.kind === 'stored' ? committed.outcome : undefined;
    const failure = outcome && 'failure' in outcome ? outcome.failure : undefined;
    return this.#count(this.jobs.record(run, state, failure, this.clock.now()));
  }

  /** A job that waits was interrupted. */
  interrupted(record: JobInfo): void {
    record.state = RunState.INTERRUPTED;
    record.ended = this.clock.now();
    this.#count(record);
  }

  #count({ id, state, started, ended }: JobInfo): number | undefined {
    const { successful, failed, unknown } = this.#counters;
    // A clock may be set back.
    const duration =
      started === undefined || ended === undefined ? undefined : Math.max(0, ended - started);
    if (state === RunState.SUCCESSFUL) successful.add(id, duration);
    else if (state === RunState.FAILED) failed.add(id, duration);
    else if (state === RunState.INTERRUPTED || state === RunState.REASSIGNED)
      unknown.add(id, duration);
    return duration;
  }
}
