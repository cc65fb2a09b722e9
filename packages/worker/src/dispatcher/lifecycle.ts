// The life of a dispatcher, from `activate` to `deactivate`. Its duties:
// 1. Be the only active dispatcher of its UUID, under an epoch (D1); take over after a crash (D4).
// 2. Run a session while its lease holds; become active again after a false death (D5).
// 3. Clean up after siblings that died (I1, I6).
// 4. Stop so that the result of each started job is stored, or the job is interrupted (D6).
import { BadStatusError, DroverError, ReassignedError } from '@drover/core';
import { DispatcherContext, type Emit } from '../context/context.js';
import type { DispatcherEvents } from '../context/events.js';
import type { History } from '../history/history.js';
import type { Settings } from '../options/settings.js';
import { Cleanup } from '../recovery/cleanup.js';
import { persist } from '../run/persist.js';
import { activate, forget } from './activate.js';
import { Grace } from './grace.js';
import { Session } from './session.js';
import { forgetSignals, signalHandled, stopOnSignals } from './shutdown.js';
import { checkTransition, DispatcherStatus } from './status.js';

/** Ms for which a stop tries to reach Redis. After that a sibling has to interrupt the jobs. */
const STOP_TIMEOUT = 10_000;

export interface LifecycleOptions {
  settings: Settings;
  history: History;
  emit: Emit;
  /** Whether an event has listeners. */
  listens: (event: keyof DispatcherEvents) => boolean;
  middleware: DispatcherContext['middleware'];
  /** Deactivates the dispatcher on SIGTERM and SIGINT. */
  deactivate: (options: { grace: number }) => Promise<void>;
}

/** The parts of an activated dispatcher that outlive its sessions. */
interface Parts {
  context: DispatcherContext;
  cleanup: Cleanup;
}

const isDroverError = (error: Error): boolean => error instanceof DroverError;

export class Lifecycle {
  #status: DispatcherStatus = DispatcherStatus.NEW;
  #parts: Parts | undefined;
  #session: Session | undefined;
  #deactivating: Promise<void> | undefined;
  /** Aborts waiting for another activation to end. */
  readonly #stop = new AbortController();
  readonly #grace = new Grace();
  /** Settled when the last activation, the first or one after a deposition, is complete. */
  #beginning: Promise<void> | undefined;
  readonly #stoppable = {
    deactivate: (options: { grace: number }) => this.options.deactivate(options),
    hurry: () => this.#grace.limit(0),
  };

  constructor(private readonly options: LifecycleOptions) {}

  get status(): DispatcherStatus {
    return this.#status;
  }

  get session(): Session | undefined {
    return this.#session;
  }

  /** @throws BadStatusError before the first activation */
  get context(): DispatcherContext {
    return this.#requireParts().context;
  }

  async activate(wait: boolean): Promise<void> {
    const { settings, history, emit, listens, middleware } = this.options;
    if (this.#status !== DispatcherStatus.NEW) {
      throw new BadStatusError(
        `dispatcher ${settings.uuid} is ${this.#status}: it can be activated once`,
      );
    }
    this.#setStatus(DispatcherStatus.ACTIVATING);
    const context = new DispatcherContext(settings, emit, listens, history, middleware);
    this.#parts = { context, cleanup: new Cleanup(context) };
    if (settings.signals) stopOnSignals(this.#stoppable);
    history.start();
    this.#beginning = this.#insist(() =>
      this.#beginSession(wait, settings.takeover === 'force').catch(context.throwRefusal),
    );
    try {
      await this.#beginning;
    } catch (error) {
      if (this.#deactivating) {
        await this.#deactivating;
        // A signal that stopped it ends the process now, before an uncaught rejection does.
        await signalHandled();
        throw this.#stop.signal.reason;
      }
      forgetSignals(this.#stoppable);
      history.stop();
      await context.close();
      this.#setStatus(DispatcherStatus.NEW);
      throw error;
    }
  }

  /** @param grace ms for which running jobs may go on; the earliest end of several calls counts */
  async deactivate(grace: number): Promise<void> {
    this.#grace.limit(grace);
    this.#deactivating ??= this.#deactivate();
    await this.#deactivating;
  }

  async #beginSession(wait: boolean, force: boolean): Promise<void> {
    const { settings, emit } = this.options;
    const { context, cleanup } = this.#requireParts();
    await context.store.measureClock();
    const lastEpoch = this.#session?.activation.epoch ?? 0;
    const { epoch, queues, sentAt } = await activate(context, {
      ...{ wait, force, lastEpoch },
      signal: this.#stop.signal,
    });
    context.hasWorked();
    const session = new Session({
      context,
      recovery: cleanup.deps,
      epoch,
      activatedAt: sentAt,
      onDeposed: () => this.#onDeposed(session),
      onDrain: (grace) => void this.options.deactivate({ grace }).catch(context.reportError),
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
    // It was deposed meanwhile, and #reactivate is beginning another session.
    if (activation.abandoned) return await this.#beginning;
    this.#setStatus(DispatcherStatus.ACTIVE);
    settings.logger.info({ epoch }, 'activated');
    emit('activated', { uuid: settings.uuid, epoch });
  }

  /**
   * Another activation of the UUID has replaced this one, or a sibling found it dead (D5). Running
   * jobs have lost their claims, or will soon.
   */
  #onDeposed(session: Session): void {
    const { settings, emit } = this.options;
    const { uuid } = settings;
    const { activation } = session;
    // Several pings under way at once report the same deposition.
    if (session !== this.#session || activation.abandoned || this.#deactivating) return;
    settings.logger.fatal(
      { epoch: activation.epoch },
      'deposed: found dead, or activated elsewhere',
    );
    activation.abandon();
    activation.signalAll(
      new ReassignedError(`dispatcher ${uuid} was deposed: its jobs are given to others`),
    );
    forget(this.context);
    this.#setStatus(DispatcherStatus.ACTIVATING);
    emit('deposed', { uuid, epoch: activation.epoch });
    this.#beginning = this.#reactivate(session);
  }

  async #reactivate(old: Session): Promise<void> {
    const { settings, emit } = this.options;
    try {
      await old.stopClaiming();
      await old.end();
      // A dispatcher that was active tries again after every error, since a human may correct the
      // cause, such as a Redis that may evict keys.
      await this.#insist(() => this.#beginSession(true, false), { isRefusal: () => false });
      emit('reactivated', { uuid: settings.uuid, epoch: this.#session?.activation.epoch ?? 0 });
    } catch (error) {
      if (!this.#deactivating) this.context.reportError(error as Error);
    }
  }

  async #deactivate(): Promise<void> {
    const { settings, history, emit } = this.options;
    const { uuid } = settings;
    this.#stop.abort(new BadStatusError(`dispatcher ${uuid} was deactivated before it was active`));
    if (this.#status === DispatcherStatus.NEW) {
      this.#grace.stop();
      return this.#setStatus(DispatcherStatus.DEACTIVATED);
    }
    this.#setStatus(DispatcherStatus.DEACTIVATING);
    // From this call on no job begins, not even in the same turn of the event loop.
    this.#session?.activation.stopAccepting();
    const { context, cleanup } = this.#requireParts();
    await this.#beginning?.catch(() => {});
    const session = this.#session;
    if (session) await this.#stopSession(session);
    this.#grace.stop();
    await cleanup.idle();
    forget(context);
    forgetSignals(this.#stoppable);
    history.stop();
    await context.close();
    this.#setStatus(DispatcherStatus.DEACTIVATED);
    settings.logger.info('deactivated');
    emit('deactivated', { uuid, epoch: session?.activation.epoch ?? 0 });
  }

  async #stopSession(session: Session): Promise<void> {
    const { uuid } = this.options.settings;
    const { context, cleanup } = this.#requireParts();
    const { activation } = session;
    await session.stopClaiming();
    activation.signalAll(new ReassignedError(`dispatcher ${uuid} is being deactivated`));
    await this.#grace.wait(session.idle());
    // A thread must not go on with a job that the cleanup lets run elsewhere (D7).
    await session.endThreads();
    const cleanUp = () => cleanup.cleanUpOwn(activation);
    await this.#insist(cleanUp, { timeout: STOP_TIMEOUT }).catch(context.reportError);
    await session.end();
  }

  /**
   * Repeats `action` until it succeeds. Gives up on a refusal, after `timeout` ms, and without a
   * timeout when the dispatcher is deactivated.
   */
  async #insist(
    action: () => Promise<void>,
    { timeout = Infinity, isRefusal = isDroverError } = {},
  ): Promise<void> {
    const start = performance.now();
    const isFinal = (error: Error): boolean =>
      isRefusal(error) ||
      (this.#stop.signal.aborted && timeout === Infinity) ||
      performance.now() - start > timeout;
    const onError = this.context.reportError;
    await persist(action, { isFinal, onError, firstDelay: 50, mostDelay: 2_000 });
  }

  #setStatus(status: DispatcherStatus): void {
    checkTransition(this.options.settings.uuid, this.#status, status);
    this.#status = status;
  }

  #requireParts(): Parts {
    if (this.#parts) return this.#parts;
    throw new BadStatusError(`dispatcher ${this.options.settings.uuid} was never activated`);
  }
}
