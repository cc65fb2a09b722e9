// What a dispatcher remembers: its last 400 polls and 200 jobs (D8). It is in memory only, and goes
// on through a reactivation.
import {
  checkOptions,
  refuseUnknownOptions,
  SYSTEM_LANE,
  systemClock,
  type Clock,
} from '@drover/core/internal';
import type { Run } from '../activation/activation.js';
import type { Settings } from '../options/settings.js';
import { infoOfActive, JobHistory, RunState, type JobInfo } from './job-history.js';
import { LaneHistory } from './lane-history.js';
import { PollRecord, type LaneId, type Poll } from './poll.js';
import { Ring } from './ring.js';
import {
  checkFilter,
  isOf,
  isWithin,
  statisticsOf,
  toTimes,
  type AgentFilter,
  type HistoryInterval,
  type Statistics,
  type StatisticsOptions,
} from './statistics.js';
import type { Counters } from './counters.js';

/** What a history needs of its dispatcher. */
export interface HistoryOptions extends Pick<Settings, 'agents' | 'queues'> {
  /** What runs now. */
  runs: () => readonly Run[];
  /** Who wants to know of a poll that has ended, if anybody does. */
  listener: () => ((poll: Poll) => void) | undefined;
  clock?: Clock;
}

/** So many polls are remembered (D8). */
const POLLS = 400;
/**
 * How long a poll takes, in ms. It counts: a job costs no record in it, and the next poll need not
 * come sooner when many come.
 */
const POLL_SPAN = 5_000;

const INTERVAL = new Set(['since', 'before']);

export class History {
  readonly #jobs = new JobHistory();
  readonly #places: readonly LaneId[];
  readonly #lanes: readonly LaneHistory[];
  readonly #polls: Ring<PollRecord>;
  readonly #clock: Clock;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: HistoryOptions) {
    const { agents, queues, clock = systemClock } = options;
    this.#clock = clock;
    this.#places = [
      ...agents.flatMap(({ queue, name: agent, lanes }) =>
        lanes.map((lane) => ({ queue, agent, lane })),
      ),
      ...queues.map((queue) => ({ queue, agent: SYSTEM_LANE, lane: SYSTEM_LANE })),
    ];
    this.#lanes = this.#places.map(() => new LaneHistory(this.#jobs, clock));
    this.#polls = new Ring(POLLS, () => new PollRecord(this.#places));
    this.#beginPoll(this.#polls.take(), 1);
  }

  /** Where the claimer of an agent, and its runs, tell what they do in a lane. */
  lane(queue: string, agent: string, lane: string): LaneHistory {
    const i = this.#places.findIndex(
      (deps) => deps.queue === queue && deps.agent === agent && deps.lane === lane,
    );
    return this.#lanes[i] as LaneHistory;
  }

  /** From now on, polls end by themselves. */
  start(): void {
    const [current] = this.#polls;
    // It is not the first start.
    if (current?.ended !== undefined) this.#beginPoll(this.#polls.take(), current.number + 1);
    else if (current) current.began = this.#clock.now();
    this.#timer = setInterval(() => this.endPoll(), POLL_SPAN).unref();
  }

  /** Durations the last poll. What is told after that still counts in it. */
  stop(): void {
    clearInterval(this.#timer);
    const [current] = this.#polls;
    if (current) this.#end(current);
  }

  /**
   * Durations the poll that goes on, and begins the next one. Idle polls that follow each other become
   * one.
   */
  endPoll(): void {
    const [current, previous] = this.#polls;
    if (!current) return;
    const number = current.number + 1;
    this.#end(current);
    if (!previous?.isIdle || !current.isIdle) return this.#beginPoll(this.#polls.take(), number);
    previous.extend(current);
    this.#beginPoll(current, number);
  }

  /** A job of this dispatcher was interrupted. Where it runs still, the end of its run says so. */
  interrupted(jobId: string): void {
    const job = this.#jobs.find(jobId);
    if (job?.state === RunState.WAITING) this.lane(job.queue, job.agent, job.lane).interrupted(job);
  }

  /** The newest first; it goes on. @throws InvalidArgumentError */
  polls(interval: HistoryInterval = {}): Poll[] {
    const known = this.#known();
    return this.#within('polls', interval).map((poll) => poll.toPoll(known));
  }

  /** @throws InvalidArgumentError */
  statistics(options: StatisticsOptions = {}): Statistics {
    checkOptions('statistics', options);
    const { queue, agent, ...interval } = options;
    const filter = { queue, agent };
    checkFilter(filter, this.#places);
    const active = this.#active().filter((job) => isOf(job, filter));
    return statisticsOf(this.#within('statistics', interval), active, filter, this.#clock.now());
  }

  /**
   * What runs now. @throws InvalidArgumentError for a queue or an agent that the dispatcher does
   * not have
   */
  runsOf(options: AgentFilter): Run[] {
    checkOptions('activeJobs', options);
    const { queue, agent, ...unknown } = options;
    refuseUnknownOptions('activeJobs', unknown);
    checkFilter({ queue, agent }, this.#places);
    return this.options.runs().filter((run) => isOf(run, { queue, agent }));
  }

  jobInfo(id: string): JobInfo | undefined {
    const found = this.#known().find((job) => job.id === id);
    return found && { ...found };
  }

  #end(poll: PollRecord): void {
    poll.ended = this.#clock.now();
    this.options.listener()?.(poll.toPoll(this.#known()));
  }

  #beginPoll(record: PollRecord, number: number): void {
    record.begin(number, this.#clock.now());
    this.#lanes.forEach((lane, i) => lane.countIn(record.tallies[i] as Counters, number));
  }

  #within(what: string, interval: HistoryInterval): PollRecord[] {
    checkOptions(what, interval);
    refuseUnknownOptions(what, interval, INTERVAL);
    const times = toTimes(interval);
    return [...this.#polls].filter((poll) => isWithin(poll, times));
  }

  /** What runs now: not recovery's own jobs, and what has not begun in time. */
  #active(): JobInfo[] {
    return this.options
      .runs()
      .filter(({ agent }) => agent !== SYSTEM_LANE)
      .map((run) => infoOfActive(run, this.#jobs.find(run.claim.id)));
  }

  /** What is known of jobs, the newest first, each once. */
  #known(): Readonly<JobInfo>[] {
    const active = this.#active();
    const ids = new Set(active.map(({ id }) => id));
    return [...active.reverse(), ...[...this.#jobs].filter(({ id }) => !ids.has(id))];
  }
}
