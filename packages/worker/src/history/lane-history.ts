// Counts what the claimer and the runs of one agent do in one lane (D8).
import type { Clock } from '@drover/core/internal';
import type { Run } from '../activation/activation.js';
import type { Committed } from '../activation/outcome.js';
import { RunState, stateAfter, type JobHistory, type JobInfo } from './job-history.js';
import { Counters } from './counters.js';

export class LaneHistory {
  /** The counters of the poll under way. */
  #counters = new Counters();
  /** The number of that poll. */
  #poll = 0;

  constructor(
    private readonly jobs: JobHistory,
    private readonly clock: Clock,
  ) {}

  /** Begins to count in another poll. */
  countIn(counters: Counters, poll: number): void {
    this.#counters = counters;
    this.#poll = poll;
  }

  /** A claim was sent. */
  asked(): void {
    this.#counters.asked++;
  }

  /** A claim, or a wait for a job, failed. */
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

  /** Returns the ms from the start of the job here; undefined if its task was not called here. */
  ended(run: Run, committed: Committed): number | undefined {
    const state = stateAfter(run, committed);
    if (state === undefined) return undefined;
    const outcome = committed.kind === 'stored' ? committed.outcome : undefined;
    const failure = outcome && 'failure' in outcome ? outcome.failure : undefined;
    return this.#count(this.jobs.record(run, state, failure, this.clock.now()));
  }

  /** A job that waited for others was interrupted. */
  interrupted(record: JobInfo): void {
    record.state = RunState.INTERRUPTED;
    record.ended = this.clock.now();
    this.#count(record);
  }

  #count({ id, state, started, ended }: JobInfo): number | undefined {
    const { successful, failed, unknown } = this.#counters;
    // The system clock may be set back.
    const duration =
      started === undefined || ended === undefined ? undefined : Math.max(0, ended - started);
    if (state === RunState.SUCCESSFUL) successful.add(id, duration);
    else if (state === RunState.FAILED) failed.add(id, duration);
    else if (state === RunState.INTERRUPTED || state === RunState.REASSIGNED)
      unknown.add(id, duration);
    return duration;
  }
}
