// The memory of a dispatcher: its last 400 polls and 200 jobs (D8). It is lost with the process,
// and goes on through a reactivation.
import { checkOptions } from '@drover/core';
import { SYSTEM_LANE } from '@drover/core/internal';
import type { Run } from '../activation/activation.js';
import type { Settings } from '../options/settings.js';
import { infoOfActive, JobHistory, RunState, type JobInfo } from './job-history.js';
import { LaneHistory, type Clock } from './lane-history.js';
import { isIdle, newLane, toPoll, type LaneId, type Poll, type PollRecord } from './poll.js';
import { isOf, type AgentFilter } from './agent-filter.js';
import { RecentTimes } from './recent-times.js';
import {
  checkFilter,
  pollsWithin,
  statisticsOf,
  type HistoryInterval,
  type Statistics,
  type StatisticsOptions,
} from './statistics.js';

export interface HistoryOptions extends Pick<Settings, 'agents' | 'queues'> {
  /** The runs under way. */
  runs: () => readonly Run[];
  /** Runs that have ended by a timeout, whose tasks go on. */
  stuck: () => Iterable<Run>;
  /** Gets each poll that has ended. Returns undefined if the event 'poll' has no listener. */
  listener: () => ((poll: Poll) => void) | undefined;
  /** Default: that of this host. */
  clock?: Clock;
}

/** The number of polls that are kept, with the one under way (D8). */
const POLLS = 400;
/** Ms. */
const POLL_SPAN = 5_000;

const INTERVAL = ['since', 'before'];

export class History {
  readonly #jobs = new JobHistory();
  readonly #times = new RecentTimes();
  /** Those that the dispatcher serves, or has served. */
  readonly #ids: LaneId[];
  /** The newest first. */
  readonly #polls: PollRecord[] = [];
  /** The newest poll, which is under way unless the dispatcher has stopped. */
  #current: PollRecord;
  readonly #clock: Clock;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: HistoryOptions) {
    const { agents, queues, clock = Date } = options;
    this.#clock = clock;
    this.#ids = [
      ...agents.flatMap(({ queue, name: agent, lanes }) =>
        lanes.map((lane) => ({ queue, agent, lane })),
      ),
      ...queues.map((queue) => ({ queue, agent: SYSTEM_LANE, lane: SYSTEM_LANE })),
    ];
    this.#current = this.#beginPoll(1);
  }

  /** Counts for an agent in a lane. It may be new: agents change while the dispatcher runs (D9). */
  lane(queue: string, agent: string, lane: string): LaneHistory {
    const at = this.#ids.findIndex(
      (id) => id.queue === queue && id.agent === agent && id.lane === lane,
    );
    const index = at >= 0 ? at : this.#add({ queue, agent, lane });
    const times = this.#times.of(queue, agent);
    return new LaneHistory(() => this.#current, index, this.#jobs, times, this.#clock);
  }

  #add(id: LaneId): number {
    this.#current.lanes.push(newLane(id));
    return this.#ids.push(id) - 1;
  }

  /** Begins the first poll, or after `stop` the next. */
  start(): void {
    const { number, ended } = this.#current;
    if (ended === undefined) this.#current.began = this.#clock.now();
    else this.#current = this.#beginPoll(number + 1);
    this.#timer = setInterval(() => this.endPoll(), POLL_SPAN).unref();
  }

  /** Ends the last poll. Later events still count in it. */
  stop(): void {
    clearInterval(this.#timer);
    this.#end(this.#current);
  }

  /** Ends the poll under way, and begins the next. An idle poll is joined to an idle one before. */
  endPoll(): void {
    const [current, previous] = [this.#current, this.#polls[1]];
    this.#end(current);
    const isSame = previous?.lanes.length === current.lanes.length;
    if (isSame && previous?.lanes.every(isIdle) && current.lanes.every(isIdle)) {
      previous.ended = current.ended;
      previous.lanes.forEach((lane, i) => (lane.asked += current.lanes[i]?.asked ?? 0));
      this.#polls.shift();
    }
    this.#current = this.#beginPoll(current.number + 1);
  }

  /** A job of this dispatcher was interrupted. If it still runs, the end of its run is counted. */
  interrupted(jobId: string): void {
    const job = this.#jobs.find(jobId);
    if (job?.state === RunState.WAITING) this.lane(job.queue, job.agent, job.lane).interrupted(job);
  }

  /** The newest first. @throws InvalidArgumentError */
  polls(interval: HistoryInterval = {}): Poll[] {
    const known = this.#known();
    return this.#within('polls', interval).map((poll) => toPoll(poll, known));
  }

  /** @throws InvalidArgumentError */
  statistics(options: StatisticsOptions = {}): Statistics {
    checkOptions('statistics', options);
    const { queue, agent, ...interval } = options;
    const filter = { queue, agent };
    checkFilter(filter, this.#ids);
    const active = this.#active().filter((job) => isOf(job, filter));
    const stuck = [...this.options.stuck()]
      .map((run) => infoOfActive(run, undefined))
      .filter((job) => isOf(job, filter));
    const now = this.#clock.now();
    const polls = this.#within('statistics', interval);
    return {
      ...statisticsOf(polls, { active, stuck }, filter, now),
      ...this.#times.summary(filter, now),
    };
  }

  /**
   * The runs under way.
   * @throws InvalidArgumentError for a queue or an agent that the dispatcher does not have
   */
  runsOf(options: AgentFilter): Run[] {
    checkOptions('activeJobs', options, ['queue', 'agent']);
    const { queue, agent } = options;
    checkFilter({ queue, agent }, this.#ids);
    return this.options.runs().filter((run) => isOf(run, { queue, agent }));
  }

  jobInfo(id: string): JobInfo | undefined {
    const found = this.#known().find((job) => job.id === id);
    return found && { ...found };
  }

  #end(poll: PollRecord): void {
    poll.ended = this.#clock.now();
    this.options.listener()?.(toPoll(poll, this.#known()));
  }

  #beginPoll(number: number): PollRecord {
    const lanes = this.#ids.map(newLane);
    this.#polls.unshift({ number, began: this.#clock.now(), ended: undefined, lanes });
    this.#polls.splice(POLLS);
    return this.#polls[0] as PollRecord;
  }

  #within(what: string, interval: HistoryInterval): PollRecord[] {
    checkOptions(what, interval, INTERVAL);
    return pollsWithin(this.#polls, interval);
  }

  /** The running jobs of the agents: no jobs of the system lanes, and no overdue ones. */
  #active(): JobInfo[] {
    return this.options
      .runs()
      .filter(({ agent }) => agent !== SYSTEM_LANE)
      .map((run) => infoOfActive(run, this.#jobs.find(run.claim.id)));
  }

  /** The running and the kept jobs, each once, the newest first. */
  #known(): Readonly<JobInfo>[] {
    const active = this.#active();
    const ids = new Set(active.map(({ id }) => id));
    return [...active.reverse(), ...this.#jobs.newestFirst.filter(({ id }) => !ids.has(id))];
  }
}
