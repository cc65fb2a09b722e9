// Counts what the claimer and the runs of one agent do in one lane (D8).
import type { Run } from '../activation/activation.js';
import type { Committed } from '../activation/outcome.js';
import { addEnd } from './ends.js';
import { RunState, stateAfter, type JobHistory, type JobInfo } from './job-history.js';
import type { EndKind, LaneRecord, PollRecord } from './poll.js';
import type { AgentTimes } from './recent-times.js';

/** How the job of a run has ended; undefined: it has not. */
const KIND: Readonly<Partial<Record<RunState, EndKind>>> = {
  successful: 'successful',
  failed: 'failed',
  interrupted: 'unknown',
  reassigned: 'unknown',
};

/** Gives ms since 1970. */
export type Clock = Pick<DateConstructor, 'now'>;

export class LaneHistory {
  /**
   * @param poll returns the poll under way
   * @param index that of the lane in a poll
   */
  constructor(
    private readonly poll: () => PollRecord,
    private readonly index: number,
    private readonly jobs: JobHistory,
    private readonly times: AgentTimes,
    private readonly clock: Clock,
  ) {}

  get #lane(): LaneRecord {
    return this.poll().lanes[this.index] as LaneRecord;
  }

  /** A claim was sent. */
  asked(): void {
    this.#lane.asked++;
  }

  /** A claim, or a wait for a job, failed. */
  failed({ name, message }: Error): void {
    const lane = this.#lane;
    lane.errors++;
    lane.error = `${name}: ${message}`;
  }

  claimed(run: Run): void {
    run.poll = this.poll().number;
    this.#lane.claimed++;
  }

  started(run: Run): void {
    run.startedAt = this.clock.now();
    this.#lane.started++;
  }

  /** Notes in the run for how long it has waited and run, from its start here. */
  ended(run: Run, committed: Committed): void {
    const state = stateAfter(run, committed);
    if (state === undefined) return;
    const outcome = committed.kind === 'stored' ? committed.outcome : undefined;
    const failure = outcome && 'failure' in outcome ? outcome.failure : undefined;
    const record = this.jobs.record(run, state, failure, this.clock.now());
    run.duration = this.#count(record);
    run.waited = record.waited;
  }

  /** A job that waited for others was interrupted. */
  interrupted(record: JobInfo): void {
    record.state = RunState.INTERRUPTED;
    record.ended = this.clock.now();
    this.#count(record);
  }

  #count({ id, task, state, started, waited, ended }: JobInfo): number | undefined {
    // The system clock may be set back.
    const duration =
      started === undefined || ended === undefined ? undefined : Math.max(0, ended - started);
    const kind = KIND[state];
    if (kind) addEnd(this.#lane[kind], id, duration);
    if (kind === 'successful' || kind === 'failed')
      this.times.record(task, waited, duration, ended ?? this.clock.now());
    return duration;
  }
}
