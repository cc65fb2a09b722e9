// Counts what the claimer and the runs of one agent do in one lane (D8).
import type { Run } from '../activation/activation.js';
import type { Committed } from '../activation/outcome.js';
import { addEnd } from './ends.js';
import { RunState, stateAfter, type JobHistory, type JobInfo } from './job-history.js';
import type { EndKind, LaneRecord, PollRecord } from './poll.js';

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
    // The system clock may be set back.
    const duration =
      started === undefined || ended === undefined ? undefined : Math.max(0, ended - started);
    const kind = KIND[state];
    if (kind) addEnd(this.#lane[kind], id, duration);
    return duration;
  }
}
