// The working parts of one activation: its lease, claimers, threads and reconcile passes. A deposed
// dispatcher becomes active again with a new session.
import { Activation, type Run } from '../activation/activation.js';
import { LimitOpeners } from '../claim/limit-opener.js';
import type { DispatcherContext } from '../context/context.js';
import type { HeartbeatMessage } from '../liveness/heartbeat-messages.js';
import { Lease } from '../liveness/lease.js';
import { listenForCancels } from '../recovery/cancel-signals.js';
import { interruptStarted } from '../recovery/end-claim.js';
import type { RecoveryDeps } from '../recovery/recovery-deps.js';
import { Retention } from '../recovery/retention.js';
import { systemTasks } from '../system-tasks/index.js';
import { AgentChanges } from './agent-changes.js';
import { Claimers } from './claimers.js';
import { OwnRecord } from './own-record.js';
import { ReconcileTimer } from './reconcile-timer.js';

export interface SessionOptions {
  context: DispatcherContext;
  recovery: RecoveryDeps;
  epoch: number;
  /** From `process.hrtime.bigint()`, just before the activation was sent. */
  activatedAt: bigint;
  onDeposed: () => void;
  /** Siblings that were found dead. */
  onOverdue: (uuids: readonly string[]) => void;
  /** Another process wishes that this dispatcher is deactivated (D9). `grace`: ms. */
  onDrain: (grace: number) => void;
}

export class Session {
  readonly activation: Activation;
  readonly #claimers: Claimers;
  readonly #changes: AgentChanges;
  readonly #retention: Retention;
  readonly #rateLimits: LimitOpeners;
  readonly #reconciling: ReconcileTimer;
  #lease: Lease | undefined;
  #cancelSignals: { end(): Promise<void> } | undefined;

  constructor(private readonly options: SessionOptions) {
    const { context, epoch, recovery } = options;
    this.activation = new Activation(context.settings.uuid, epoch);
    const { activation } = this;
    const record = new OwnRecord(context, activation);
    this.#reconciling = new ReconcileTimer(recovery, activation, record, context.settings);
    this.#retention = new Retention(context);
    this.#rateLimits = new LimitOpeners(context.store, context.reportError);
    this.#claimers = new Claimers({
      ...{ context, recovery, activation },
      runSetup: {
        ...{ context, activation },
        onError: this.#onError,
        interrupt: this.#interrupt,
        systemTasks: systemTasks(context, activation),
        rateLimits: this.#rateLimits,
      },
      onError: this.#onError,
    });
    this.#changes = new AgentChanges({
      ...{ context, activation, record },
      claimers: this.#claimers,
      onDrain: options.onDrain,
    });
  }

  /** Undefined before the session starts. */
  get lease(): Pick<Lease, 'holds' | 'isDeposed' | 'sinceLastPing' | 'blockedFor'> | undefined {
    return this.#lease;
  }

  start(): void {
    const { context, activatedAt } = this.options;
    const { target, prefix, uuid, pingInterval, deathInterval, maxBlock } = context.settings;
    const { epoch } = this.activation;
    this.#lease = new Lease({
      target,
      prefix,
      uuid,
      epoch,
      activatedAt,
      pingInterval,
      deathInterval,
      maxBlock,
      onMessage: (message) => this.#onHeartbeat(message),
      running: this.#claimers.running,
      activations: context.store.activations,
    });
    this.activation.lease = this.#lease;
    this.#cancelSignals = listenForCancels(context, this.activation, {
      onGap: () => {
        if (this.activation.runs.length > 0) this.#reconciling.startSoon();
      },
      onWish: () => void this.#changes.takeWishes(),
    });
    void this.#claimers.follow();
    this.#reconciling.start();
    this.#retention.start();
  }

  /** The number of the running jobs of an agent. */
  busyOf(agent: { queue: string; name: string }): number {
    return this.#claimers.busyOf(agent);
  }

  /** Resolves when the agents claim as the settings say (D9). */
  async followAgents(): Promise<void> {
    await this.#changes.follow();
  }

  /** Claims no more jobs. Resolves when no claim is under way; running jobs go on. */
  async stopClaiming(): Promise<void> {
    this.activation.stopAccepting();
    this.#rateLimits.end();
    // A run that is told to stop leaves its claim to its interrupt. A reconcile pass would take
    // that claim for one whose run is gone, and put the job back.
    await this.#reconciling.stop();
    await this.#claimers.stop();
  }

  /** Resolves when no job runs. */
  async idle(): Promise<void> {
    await this.#claimers.idle();
  }

  /** Ends all worker threads. The jobs that run there are left to be interrupted. */
  async endThreads(): Promise<void> {
    await this.#claimers.endThreads();
  }

  /** Ends the lease and the reconcile passes; the worker threads end once their runs have. */
  async end(): Promise<void> {
    this.activation.abandon();
    this.#rateLimits.end();
    void this.idle().then(() => this.endThreads());
    await Promise.all([
      this.#cancelSignals?.end(),
      this.#lease?.end(),
      this.#reconciling.stop(),
      this.#retention.stop(),
    ]);
  }

  readonly #onError = (error: Error): void => {
    this.options.context.reportError(error);
    this.#reconciling.startSoon();
  };

  readonly #interrupt = ({ queue, claim: { id, lane, token, task } }: Run): Promise<void> => {
    const { context, recovery } = this.options;
    return interruptStarted(recovery, { queue, lane, id, token, task }, context.settings.uuid);
  };

  #onHeartbeat(message: Exclude<HeartbeatMessage, { alive: true }>): void {
    const { context, onDeposed, onOverdue } = this.options;
    if ('deposed' in message) onDeposed();
    else if ('overdue' in message) onOverdue(message.overdue);
    else if ('hasWishes' in message) void this.#changes.takeWishes();
    else if ('error' in message) context.reportError(new Error(message.error), message.errorClass);
    else
      context.settings.logger.fatal(
        `the main loop has been blocked for ${message.blocked} ms: no ping is sent`,
      );
  }
}
