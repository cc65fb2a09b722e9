// The working parts of one activation: its lease, claimers, threads and reconcile passes. A deposed
// dispatcher becomes active again with a new session.
import { SYSTEM_LANE } from '@drover/core/internal';
import { Activation, type Run } from '../activation/activation.js';
import { Claimer } from '../claim/claimer.js';
import type { DispatcherContext } from '../context/context.js';
import type { HeartbeatMessage } from '../liveness/heartbeat-messages.js';
import { Lease } from '../liveness/lease.js';
import type { AgentSettings } from '../options/agent-options.js';
import { listenForCancels } from '../recovery/cancel-signals.js';
import { interruptStarted } from '../recovery/end-claim.js';
import type { RecoveryDeps } from '../recovery/recovery-deps.js';
import { Retention } from '../recovery/retention.js';
import { executeDeps } from '../run/execute.js';
import { isKnownHere } from '../run/unroutable.js';
import { systemTasks } from '../system-tasks/index.js';
import { Threads } from '../threads/threads.js';
import { ReconcileTimer } from './reconcile-timer.js';
import { SystemLane, type SystemLaneOptions } from './system-lane.js';

/** Jobs of a system lane that run at a time. They take no slot of an agent. */
const SYSTEM_SIZE = 16;

export interface SessionOptions {
  context: DispatcherContext;
  recovery: RecoveryDeps;
  epoch: number;
  /** From `process.hrtime.bigint()`, just before the activation was sent. */
  activatedAt: bigint;
  onDeposed: () => void;
  /** Siblings that were found dead. */
  onOverdue: (uuids: readonly string[]) => void;
}

export class Session {
  readonly activation: Activation;
  /** The dependencies that all runs of this activation share. */
  readonly #runSetup: SystemLaneOptions;
  readonly #claimers: Claimer[];
  readonly #retention: Retention;
  readonly #threads: Threads[] = [];
  readonly #systemLane: SystemLane;
  readonly #reconciling: ReconcileTimer;
  #lease: Lease | undefined;
  #cancelSignals: { end(): Promise<void> } | undefined;

  constructor(private readonly options: SessionOptions) {
    const { context, epoch, recovery } = options;
    const { agents, queues, uuid } = context.settings;
    this.activation = new Activation(uuid, epoch);
    this.#runSetup = {
      context,
      activation: this.activation,
      onError: this.#onError,
      interrupt: this.#interrupt,
      systemTasks: systemTasks(context, this.activation),
    };
    this.#reconciling = new ReconcileTimer(recovery, this.activation, context.settings);
    this.#retention = new Retention(context);
    this.#systemLane = new SystemLane(this.#runSetup);
    this.#claimers = [
      ...queues.map((queue) =>
        this.#claimer(
          { queue, name: SYSTEM_LANE, size: SYSTEM_SIZE, lanes: [SYSTEM_LANE], threads: undefined },
          { beforeClaim: () => this.#systemLane.beforeClaim(queue) },
        ),
      ),
      ...agents.map((agent) => this.#claimer(agent, { threads: this.#threadsOf(agent) })),
    ];
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
      activations: context.store.activations,
    });
    this.activation.lease = this.#lease;
    this.#cancelSignals = listenForCancels(context, this.activation, () => {
      if (this.activation.runs.length > 0) this.#reconciling.startSoon();
    });
    for (const claimer of this.#claimers) claimer.start();
    this.#reconciling.start();
    this.#retention.start();
  }

  /** Claims no more jobs. Resolves when no claim is under way; running jobs go on. */
  async stopClaiming(): Promise<void> {
    this.activation.stopAccepting();
    // A run that is told to stop leaves its claim to its interrupt. A reconcile pass would take
    // that claim for one whose run is gone, and put the job back.
    await this.#reconciling.stop();
    await Promise.all(this.#claimers.map((claimer) => claimer.stop()));
  }

  /** Resolves when no job runs. */
  async idle(): Promise<void> {
    await Promise.all(this.#claimers.map((claimer) => claimer.idle()));
    await this.#systemLane.idle();
  }

  /** Ends all worker threads. The jobs that run there are left to be interrupted. */
  async endThreads(): Promise<void> {
    await Promise.all(this.#threads.map((threads) => threads.end()));
  }

  /** Ends the lease and the reconcile passes; the worker threads end once their runs have. */
  async end(): Promise<void> {
    this.activation.abandon();
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

  #threadsOf({ threads, size }: AgentSettings): Threads | undefined {
    if (!threads) return undefined;
    const { settings, store } = this.options.context;
    const { taskModules: modules, ...rest } = settings;
    const { activation } = this;
    const made = new Threads({
      ...rest,
      clock: store.clock,
      size,
      threads,
      modules,
      isStopping: () => !activation.accepting && !activation.abandoned,
    });
    this.#threads.push(made);
    return made;
  }

  #claimer(
    { queue, name: agent, size, lanes }: AgentSettings,
    { beforeClaim, threads }: { beforeClaim?: () => Promise<number>; threads?: Threads },
  ): Claimer {
    const { context, recovery } = this.options;
    const { store, reportError } = context;
    const onError = this.#onError;
    const { activation } = this;
    const setup = { ...this.#runSetup, queue, agent, threads };
    return new Claimer({
      lanes: lanes.map((lane) => {
        const own = {
          store: store.lane(queue, lane),
          history: context.history.lane(queue, agent, lane),
        };
        return { lane, ...own, deps: executeDeps({ ...setup, ...own }) };
      }),
      clock: store.clock,
      markers: store.markers(queue, lanes, () => activation.mayClaim, reportError),
      size,
      activation,
      beforeClaim,
      // Only its threads know which tasks they define.
      isKnown: threads ? () => false : isKnownHere,
      onDeadLetter: (id, lane, reason) => recovery.onDeadLetter({ queue, lane, id }, reason),
      onError,
    });
  }

  #onHeartbeat(message: Exclude<HeartbeatMessage, { alive: true }>): void {
    const { context, onDeposed, onOverdue } = this.options;
    if ('deposed' in message) onDeposed();
    else if ('overdue' in message) onOverdue(message.overdue);
    else if ('error' in message) context.reportError(new Error(message.error), message.errorClass);
    else
      context.settings.logger.fatal(
        `the main loop has been blocked for ${message.blocked} ms: no ping is sent`,
      );
  }
}
