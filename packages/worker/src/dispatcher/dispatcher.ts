// The dispatcher: the one object per process that claims and runs jobs. Its duties:
// 1. Be the only active one of its UUID, under an epoch (D1); take over after a crash (D4).
// 2. Run agents while its lease holds (Session); become active again after a false death (D5).
// 3. Clean up after siblings that died (I1, I6).
// 4. Stop so that everything it ran is either stored or interrupted (D6).
import { EventEmitter } from 'node:events';
import {
  BadStatusError,
  DroverError,
  Failure,
  outsideRun,
  ReassignedError,
  type Job,
} from '@drover/core';
import { assertBullMqVersion, currentRun, measureClock } from '@drover/core/internal';
import { activate, forget } from './activate.js';
import { Cleanup } from '../recovery/cleanup.js';
import { DispatcherContext } from '../context/context.js';
import { emitToListeners, type DispatcherEvents } from '../context/events.js';
import { Grace } from './grace.js';
import { History } from '../history/history.js';
import type { JobInfo } from '../history/job-history.js';
import type { Poll } from '../history/poll.js';
import type {
  AgentFilter,
  HistoryInterval,
  Statistics,
  StatisticsOptions,
} from '../history/statistics.js';
import {
  toGrace,
  toWait,
  type ActivateOptions,
  type DeactivateOptions,
} from '../options/lifecycle-options.js';
import type { DispatcherOptions } from '../options/options.js';
import { toSettings, type Settings } from '../options/settings.js';
import { handleOf } from '../run/call.js';
import { persist } from '../run/pause.js';
import { Session } from './session.js';
import { forgetSignals, signalHandled, stopOnSignals } from './shutdown.js';
import { assertThreadFiles } from '../thread-file.js';

export const DispatcherStatus = {
  NEW: 'new',
  ACTIVATING: 'activating',
  ACTIVE: 'active',
  DEACTIVATING: 'deactivating',
  DEACTIVATED: 'deactivated',
} as const;
export type DispatcherStatus = (typeof DispatcherStatus)[keyof typeof DispatcherStatus];

/** Which status may follow which: everything else is a mistake in here. */
const transitions: Readonly<Record<DispatcherStatus, readonly DispatcherStatus[]>> = {
  new: ['activating', 'deactivated'],
  activating: ['active', 'activating', 'deactivating', 'new'],
  active: ['activating', 'deactivating'],
  deactivating: ['deactivated'],
  deactivated: [],
};

/**
 * Longest time for which a stop waits for a Redis that does not answer: a sibling does the rest.
 */
const STOP_TIMEOUT = 10_000;

/** What an activated dispatcher is made of, beside its session. */
interface Parts {
  context: DispatcherContext;
  cleanup: Cleanup;
}

export class Dispatcher extends EventEmitter<DispatcherEvents> {
  readonly #settings: Settings;
  readonly #history: History;
  #status: DispatcherStatus = DispatcherStatus.NEW;
  #parts: Parts | undefined;
  #session: Session | undefined;
  #deactivating: Promise<void> | undefined;
  /** Aborts the waiting for another activation to end. */
  readonly #stop = new AbortController();
  readonly #grace = new Grace();
  /** The first activation, or the last after a deposition; settled once it is through. */
  #beginning: Promise<void> | undefined;

  /**
   * @throws InvalidArgumentError, which names the option that is wrong
   * @throws UnsupportedError where another BullMQ is installed, or a bundle lacks the file of a
   *   thread
   */
  constructor(options: DispatcherOptions) {
    super();
    assertBullMqVersion();
    this.#settings = toSettings(options);
    assertThreadFiles(this.#settings.agents);
    this.#history = new History({
      ...this.#settings,
      runs: () => this.#session?.activation.runs ?? [],
      listener: () =>
        this.listenerCount('poll') > 0 ? (poll) => this.#emitSafely('poll', poll) : undefined,
    });
  }

  get uuid(): string {
    return this.#settings.uuid;
  }

  get status(): DispatcherStatus {
    return this.#status;
  }

  /** The jobs that it runs now, of all its agents or of some. @throws InvalidArgumentError */
  activeJobs(filter: AgentFilter = {}): Job[] {
    const runs = this.#history.runsOf(filter);
    const { activation } = this.#session ?? {};
    if (!activation) return [];
    return runs.map(({ claim, queue }) =>
      handleOf(claim, { queue: this.#requireParts().context.queue(queue), activation }),
    );
  }

  /**
   * What it asked for and got in its last 400 polls; the newest first, which goes on still (D8).
   * @throws InvalidArgumentError
   */
  polls(interval?: HistoryInterval): Poll[] {
    return this.#history.polls(interval);
  }

  /**
   * What it did in the polls of an interval, for all its queues and agents or for one (D8). @throws
   * InvalidArgumentError
   */
  statistics(options?: StatisticsOptions): Statistics {
    return this.#history.statistics(options);
  }

  /**
   * What it knows of a job that it runs, or that is among the last 200 that it ran; else undefined
   * (D8).
   */
  jobInfo(id: string): JobInfo | undefined {
    return this.#history.jobInfo(id);
  }

  /**
   * Becomes active, and claims jobs from then on. What an earlier activation of this UUID left
   * behind is interrupted (I1).
   * @throws AlreadyActivatedError unless it may wait; BadStatusError where it was activated before;
   *   UnsupportedError for a Redis that may evict, or that refuses the connection, such as its
   *   password; InvalidArgumentError for a bad option.
   */
  async activate(options: ActivateOptions = {}): Promise<void> {
    const wait = toWait(options);
    if (this.#status !== DispatcherStatus.NEW) {
      throw new BadStatusError(
        `dispatcher ${this.uuid} is ${this.#status}: it can be activated once`,
      );
    }
    this.#setStatus(DispatcherStatus.ACTIVATING);
    const context = new DispatcherContext(
      this.#settings,
      (event, ...args) => this.#emitSafely(event, ...args),
      (event) => this.listenerCount(event) > 0,
      this.#history,
    );
    this.#parts = { context, cleanup: new Cleanup(context) };
    if (this.#settings.signals) stopOnSignals(this.#stoppable);
    this.#history.start();
    const force = this.#settings.takeover === 'force';
    this.#beginning = this.#insist(() =>
      this.#beginSession(wait, force).catch(context.throwRefusal),
    );
    try {
      await this.#beginning;
    } catch (error) {
      // Where a signal has stopped it, that ends the process, and not what nobody catches.
      if (this.#deactivating) {
        await this.#deactivating;
        await signalHandled();
        throw this.#stop.signal.reason;
      }
      forgetSignals(this.#stoppable);
      this.#history.stop();
      await context.close();
      this.#setStatus(DispatcherStatus.NEW);
      throw error;
    }
  }

  /**
   * Stops: claims nothing more, aborts `local.signal`, waits `grace` ms for what runs, and
   * interrupts the rest (D6). A second call shortens the grace of the first: `deactivate()` ends
   * the waiting at once, as a second signal does.
   * @throws InvalidArgumentError for a grace that is not a number of ms.
   */
  async deactivate(options: DeactivateOptions = {}): Promise<void> {
    this.#grace.limit(toGrace(options));
    this.#deactivating ??= this.#deactivate();
    await this.#deactivating;
  }

  /** Deactivates it without a grace: `await using dispatcher = new Dispatcher({ … })`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.deactivate();
  }

  async #beginSession(wait: boolean, force: boolean): Promise<void> {
    const { context, cleanup } = this.#requireParts();
    await measureClock(context.client);
    const lastEpoch = this.#session?.activation.epoch ?? 0;
    const { epoch, queues, sentAt } = await activate(context, {
      wait,
      force,
      lastEpoch,
      signal: this.#stop.signal,
    });
    context.hasWorked();
    const { uuid } = this.#settings;
    const session = new Session({
      context,
      recovery: cleanup.deps,
      epoch,
      activatedAt: sentAt,
      onDeposed: () => this.#onDeposed(session),
      onOverdue: (overdue) => {
        if (!this.#deactivating) overdue.forEach((sibling) => cleanup.cleanUpAfter(sibling));
      },
    });
    this.#session = session;
    session.start();
    const { activation } = session;
    await this.#insist(async () => {
      if (!activation.abandoned) await cleanup.cleanUpEarlier(epoch - 1, queues);
    });
    this.#stop.signal.throwIfAborted();
    // Deposed meanwhile: another session is on its way.
    if (activation.abandoned) return await this.#beginning;
    this.#setStatus(DispatcherStatus.ACTIVE);
    this.#settings.logger.info({ epoch }, 'activated');
    this.#emitSafely('activated', { uuid, epoch });
  }

  /** D5: another activation stands. What runs here has lost its claims, or is about to. */
  #onDeposed(session: Session): void {
    const { uuid } = this.#settings;
    const { activation } = session;
    // Pings that were under way at the same time tell it each.
    if (session !== this.#session || activation.abandoned || this.#deactivating) return;
    this.#settings.logger.fatal(
      { epoch: activation.epoch },
      'deposed: found dead, or activated elsewhere',
    );
    activation.abandon();
    activation.signalAll(
      new ReassignedError(`dispatcher ${uuid} was deposed: its jobs are given to others`),
    );
    forget(this.#requireParts().context);
    this.#setStatus(DispatcherStatus.ACTIVATING);
    this.#emitSafely('deposed', { uuid, epoch: activation.epoch });
    this.#beginning = this.#reactivate(session);
  }

  async #reactivate(old: Session): Promise<void> {
    try {
      await old.stopClaiming();
      await old.end();
      // It was active: what is wrong now, such as a Redis that may evict, may be mended.
      await this.#insist(
        () => this.#beginSession(true, false),
        Infinity,
        () => false,
      );
      this.#emitSafely('reactivated', {
        uuid: this.uuid,
        epoch: this.#session?.activation.epoch ?? 0,
      });
    } catch (error) {
      if (!this.#deactivating) this.#requireParts().context.reportError(error as Error);
    }
  }

  async #deactivate(): Promise<void> {
    this.#stop.abort(
      new BadStatusError(`dispatcher ${this.uuid} was deactivated before it was active`),
    );
    if (this.#status === DispatcherStatus.NEW) {
      this.#grace.stop();
      return this.#setStatus(DispatcherStatus.DEACTIVATED);
    }
    this.#setStatus(DispatcherStatus.DEACTIVATING);
    const { context, cleanup } = this.#requireParts();
    await this.#beginning?.catch(() => {});
    const session = this.#session;
    if (session) await this.#stopSession(session);
    this.#grace.stop();
    await cleanup.idle();
    forget(context);
    forgetSignals(this.#stoppable);
    this.#history.stop();
    await context.close();
    this.#setStatus(DispatcherStatus.DEACTIVATED);
    this.#settings.logger.info('deactivated');
    this.#emitSafely('deactivated', { uuid: this.uuid, epoch: session?.activation.epoch ?? 0 });
  }

  async #stopSession(session: Session): Promise<void> {
    const { context, cleanup } = this.#requireParts();
    const { activation } = session;
    await session.stopClaiming();
    activation.signalAll(new ReassignedError(`dispatcher ${this.uuid} is being deactivated`));
    await this.#grace.wait(session.idle());
    // Before its job can run elsewhere (D7).
    await session.endThreads();
    // If Redis does not answer, a sibling finds it dead and does the rest.
    await this.#insist(() => cleanup.cleanUpOwn(activation.epoch), STOP_TIMEOUT).catch(
      context.reportError,
    );
    await session.end();
  }

  /** Repeats what fails for want of a connection; gives up after `timeout` ms, or when stopped. */
  async #insist(
    action: () => Promise<void>,
    timeout = Infinity,
    isRefusal = (error: Error): boolean => error instanceof DroverError,
  ): Promise<void> {
    const start = performance.now();
    const isFinal = (error: Error): boolean =>
      isRefusal(error) ||
      (this.#stop.signal.aborted && timeout === Infinity) ||
      performance.now() - start > timeout;
    await persist(action, {
      isFinal,
      onError: this.#requireParts().context.reportError,
      firstDelay: 50,
      mostDelay: 2_000,
    });
  }

  readonly #stoppable = {
    deactivate: (options: { grace: number }) => this.deactivate(options),
    hurry: () => this.#grace.limit(0),
  };

  #emitSafely<E extends keyof DispatcherEvents>(event: E, ...args: DispatcherEvents[E]): void {
    const onFailed = (thrown: unknown): void => {
      const err = Failure.from(thrown).toError();
      this.#settings.logger.error({ event, err }, 'a listener of the dispatcher failed');
    };
    // A task may deactivate its dispatcher: what listeners put is no part of its run (J6).
    const emit = (): void => emitToListeners(this, event, args, onFailed);
    if (currentRun()) outsideRun(emit);
    else emit();
  }

  #setStatus(status: DispatcherStatus): void {
    if (!transitions[this.#status].includes(status)) {
      throw new BadStatusError(
        `dispatcher ${this.uuid} is ${this.#status}: it cannot become ${status}`,
      );
    }
    this.#status = status;
  }

  #requireParts(): Parts {
    if (this.#parts) return this.#parts;
    throw new BadStatusError(`dispatcher ${this.uuid} was never activated`);
  }
}
