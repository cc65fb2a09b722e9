// The public face of a dispatcher. Its life is in lifecycle.ts, its memory in the room history.
import { EventEmitter } from 'node:events';
import { BadStatusError, Failure, outsideRun } from '@drover/core';
import type { AgentChange, AgentInfo, Job } from '@drover/core';
import { claimedHandle } from '@drover/core/internal';
import { checkMiddleware, type Middleware } from '../activation/middleware.js';
import { emitToListeners, type DispatcherEvents } from '../context/events.js';
import { History } from '../history/history.js';
import type { JobInfo } from '../history/job-history.js';
import type { Poll } from '../history/poll.js';
import type { AgentFilter } from '../history/agent-filter.js';
import type { HistoryInterval, Statistics, StatisticsOptions } from '../history/statistics.js';
import {
  toGrace,
  toWait,
  type ActivateOptions,
  type DeactivateOptions,
} from '../options/lifecycle-options.js';
import { checkTasksOf } from '../options/agent-options.js';
import type { DispatcherOptions } from '../options/options.js';
import { toFacts } from '../options/self-description.js';
import { toSettings, type Settings } from '../options/settings.js';
import { assertThreadFiles } from '../thread-file.js';
import { removeAgent, setAgent } from './agent-changes.js';
import { healthOf, type Health } from './health.js';
import { Lifecycle } from './lifecycle.js';
import type { DispatcherStatus } from './status.js';

/** Claims and runs jobs in this process, from `activate` until `deactivate` or a SIGTERM. */
export class Dispatcher extends EventEmitter<DispatcherEvents> {
  readonly #settings: Settings;
  readonly #history: History;
  readonly #lifecycle: Lifecycle;
  readonly #middleware: Middleware[] = [];

  /**
   * @throws InvalidArgumentError, which names the wrong option
   * @throws UnsupportedError if another version of BullMQ is installed, or a bundle lacks the file
   *   that a thread is started from
   */
  constructor(options: DispatcherOptions) {
    super();
    this.#settings = toSettings(options);
    assertThreadFiles(this.#settings.agents);
    this.#history = new History({
      ...this.#settings,
      runs: () => this.#lifecycle.session?.activation.runs ?? [],
      stuck: () => this.#lifecycle.session?.activation.stuck ?? [],
      listener: () =>
        this.listenerCount('poll') > 0 ? (poll) => this.#emitSafely('poll', poll) : undefined,
    });
    this.#lifecycle = new Lifecycle({
      settings: this.#settings,
      history: this.#history,
      emit: (event, ...args) => this.#emitSafely(event, ...args),
      listens: (event) => this.listenerCount(event) > 0,
      middleware: this.#middleware,
      deactivate: (grace) => this.deactivate(grace),
    });
  }

  get uuid(): string {
    return this.#settings.uuid;
  }

  get status(): DispatcherStatus {
    return this.#lifecycle.status;
  }

  /**
   * Whether it works, for the probes of an orchestrator: `live` (D2, D5), `ready` to claim jobs
   * (D9), and the `reasons` where it is not. It asks nobody, and costs microseconds. A paused
   * queue, and a queue without jobs, change nothing.
   */
  health(): Health {
    const { status, session } = this.#lifecycle;
    return healthOf({ status, session, settings: this.#settings });
  }

  /** Its agents as they are now, and how many jobs each of them runs (D9, D10). */
  agents(): AgentInfo[] {
    const { session } = this.#lifecycle;
    return this.#settings.agents.map((agent) => ({
      ...toFacts(agent),
      running: session?.busyOf(agent) ?? 0,
    }));
  }

  /**
   * Adds middleware: a function around each run that begins from now on (J11). The first one added
   * is the outermost. It runs inside the run: `local` works, and its puts belong to the run (J6).
   * What it throws counts as thrown by the task, and what it returns is the result: return that of
   * `next()`. Without a call of `next` the task is not called. Drover's own tasks, such as that of
   * a composite, have no middleware. Of an agent with threads it runs in this thread, around the
   * call to the other one; jobs that the task there returns are to be returned as they are. A run
   * fails with a BadStatusError where `next` is called twice, or is not awaited.
   * @throws InvalidArgumentError where `middleware` is no function
   */
  use(middleware: Middleware): this {
    checkMiddleware(middleware);
    this.#middleware.push(middleware);
    return this;
  }

  /**
   * The jobs that run now, of all agents, or of one queue or agent.
   * @throws InvalidArgumentError for a queue or an agent that this dispatcher does not have
   */
  activeJobs(filter: AgentFilter = {}): Job[] {
    return this.#history
      .runsOf(filter)
      .map(({ claim, queue }) =>
        claimedHandle(claim, this.#lifecycle.context.queue(queue), this.uuid),
      );
  }

  /**
   * The last 400 polls, or those within an interval. The newest comes first; it has no end while
   * the dispatcher is active (D8).
   * @throws InvalidArgumentError for a `since` or `before` that is no Date and no number of ms
   */
  polls(interval?: HistoryInterval): Poll[] {
    return this.#history.polls(interval);
  }

  /**
   * Sums over the polls within an interval (D8). Default: all polls, queues and agents. Beside them
   * p50, p95 and p99 in ms of waiting and of running, in total and by task: of the jobs that have
   * ended here within the last 10 to 20 minutes, whatever the interval.
   * @throws InvalidArgumentError for a wrong time, or a queue or an agent that this dispatcher does
   *   not have
   */
  statistics(options?: StatisticsOptions): Statistics {
    return this.#history.statistics(options);
  }

  /** A job that runs now, or is among the last 200 that ran here; otherwise undefined (D8). */
  jobInfo(id: string): JobInfo | undefined {
    return this.#history.jobInfo(id);
  }

  /**
   * Becomes active, and claims jobs from then on. It interrupts the jobs that an earlier activation
   * of this UUID left behind (I1). While Redis cannot be reached it tries again.
   * @throws AlreadyActivatedError if another process is active under this UUID, and `wait` is false
   * @throws BadStatusError if it was activated before, or is deactivated meanwhile
   * @throws UnsupportedError if Redis may evict keys, or refuses the connection until a setting,
   *   such as the password, is changed
   * @throws InvalidArgumentError for a wrong option, and for an agent with a task that this process
   *   has not defined
   */
  async activate(options: ActivateOptions = {}): Promise<void> {
    for (const agent of this.#settings.agents) checkTasksOf(agent, 'queues.');
    await this.#lifecycle.activate(toWait(options));
  }

  /**
   * Stops: it claims no more jobs, aborts `local.signal` of those that run, waits up to `grace` ms
   * for them, and interrupts the rest (D6). A second call can shorten the grace of the first:
   * `deactivate()` ends the wait at once, as a second signal does.
   * @throws InvalidArgumentError for a `grace` that is not a number of ms from 0
   */
  async deactivate(options: DeactivateOptions = {}): Promise<void> {
    await this.#lifecycle.deactivate(toGrace(options));
  }

  /**
   * Adds an agent, or changes size, lanes and tasks of one, from now on (D9). Everything that is
   * not given stays as it is; a new agent has the size 1 and the lane `main`, takes jobs of all
   * tasks, and runs them in the main thread. A queue that this dispatcher did not serve is served
   * then. A smaller size interrupts no job, and with 0 the agent claims no more. Resolves when that
   * holds; while Redis cannot be reached it waits. A new Dispatcher begins with its own options
   * again.
   * @throws InvalidArgumentError for a bad name, size or lane, or a task that this process has not
   *   defined; BadStatusError after `deactivate`
   */
  async setAgent(queue: string, agent: string, options: AgentChange = {}): Promise<void> {
    this.#checkRuns();
    setAgent(this.#settings, queue, agent, options);
    await this.#follow();
  }

  /**
   * Removes an agent (D9): it claims no more jobs, and those that it runs go on. Without such an
   * agent it does nothing. Resolves when it begins no more claims.
   * @throws InvalidArgumentError for a bad name; BadStatusError after `deactivate`
   */
  async removeAgent(queue: string, agent: string): Promise<void> {
    this.#checkRuns();
    removeAgent(this.#settings, queue, agent);
    await this.#follow();
  }

  /** A task may change the agents: the claims that begin do not belong to its run. */
  async #follow(): Promise<void> {
    await outsideRun(() => this.#lifecycle.session?.followAgents());
  }

  #checkRuns(): void {
    const { status } = this;
    if (status === 'deactivating' || status === 'deactivated')
      throw new BadStatusError(`dispatcher ${this.uuid} is ${status}: its agents cannot change`);
  }

  /** Deactivates without a grace: `await using dispatcher = new Dispatcher({ … })`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.deactivate();
  }

  #emitSafely<E extends keyof DispatcherEvents>(event: E, ...args: DispatcherEvents[E]): void {
    const onFailed = (thrown: unknown): void => {
      const err = Failure.from(thrown).toError();
      this.#settings.logger.error({ event, err }, 'a listener of the dispatcher failed');
    };
    // A task may deactivate its dispatcher. The puts of a listener do not belong to its run (J6).
    outsideRun(() => emitToListeners(this, event, args, onFailed));
  }
}
