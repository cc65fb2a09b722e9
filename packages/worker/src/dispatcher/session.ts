// The working parts of one activation: its lease, its claimers, its audit. A dispatcher that is
// deposed gets a new one.
import {
  clientSettings,
  clockOf,
  connect,
  LaneKeys,
  LaneStore,
  openSystemLane,
  SYSTEM_LANE,
} from '@drover/core/internal';
import { Activation, type Run } from '../activation/activation.js';
import { reconcile } from '../recovery/reconcile.js';
import { CancelSignals } from '../recovery/cancel-signals.js';
import { endOverdue } from '../policy/begin-by.js';
import { Claimer } from '../claim/claimer.js';
import type { DispatcherContext } from '../context/context.js';
import { execute, executeDeps } from '../run/execute.js';
import type { HeartbeatMessage } from '../liveness/heartbeat-messages.js';
import { Lease } from '../liveness/lease.js';
import type { AgentSettings } from '../options/agent-options.js';
import { Retention } from '../recovery/retention.js';
import { isKnownHere } from '../run/run.js';
import { fieldsIn } from '../logging/log-fields.js';
import { logDeadLetter } from '../logging/log-job.js';
import { interruptStarted, skipIfWrongType, type RecoveryDeps } from '../recovery/recovery.js';
import { Threads } from '../threads/threads.js';

/** Interrupts are decided so many at a time, beside the agents' jobs. */
const SYSTEM_SIZE = 16;
/** After trouble, the audit waits for what is still under way. */
const AUDIT_DELAY = 250;
/** ms between looks at what has not begun in time, while something else is stored in its place. */
const FOREIGN_CHECK = 5_000;

export interface SessionOptions {
  context: DispatcherContext;
  recovery: RecoveryDeps;
  epoch: number;
  /** From `process.hrtime.bigint()`, just before the activation was sent. */
  activatedAt: bigint;
  onDeposed: () => void;
  onOverdue: (uuids: readonly string[]) => void;
}

export class Session {
  readonly activation: Activation;
  readonly #claimers: Claimer[];
  readonly #retention: Retention;
  readonly #threads: Threads[] = [];
  /** Jobs that have not begun in time end beside the slots. */
  readonly #endingOverdue = new Set<Promise<unknown>>();
  #lease: Lease | undefined;
  #cancelSignals: CancelSignals | undefined;
  /** How many audits there were. */
  #audits = 0;
  #auditTimer: NodeJS.Timeout | undefined;
  /** When it is to come, in ms of the monotonic clock. */
  #auditDue = Infinity;
  #reconciling: Promise<void> | undefined;

  constructor(private readonly options: SessionOptions) {
    const { context, epoch } = options;
    const { agents, queues, uuid } = context.settings;
    this.activation = new Activation(uuid, epoch);
    this.#retention = new Retention(context);
    this.#claimers = [
      ...queues.map((queue) =>
        this.#claimer(
          { queue, name: SYSTEM_LANE, size: SYSTEM_SIZE, lanes: [SYSTEM_LANE], threads: undefined },
          { beforeClaim: () => this.#beforeSystemClaim(queue) },
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
      ping: () => context.store.ping(uuid, epoch),
    });
    this.activation.lease = this.#lease;
    this.#cancelSignals = new CancelSignals(context, this.activation, () => {
      if (this.activation.runs.length > 0) this.#auditIn(AUDIT_DELAY);
    });
    for (const claimer of this.#claimers) claimer.start();
    this.#auditIn(deathInterval);
    this.#retention.start();
  }

  /** Claims nothing more. Resolves when no claim is under way; what runs goes on. */
  async stopClaiming(): Promise<void> {
    this.activation.stopAccepting();
    // What stops because it is told to is left for its interrupt: an audit would take it for a
    // claim that nobody runs.
    clearTimeout(this.#auditTimer);
    await this.#reconciling;
    await Promise.all(this.#claimers.map((claimer) => claimer.stop()));
  }

  /** Resolves when nothing runs. */
  async idle(): Promise<void> {
    await Promise.all(this.#claimers.map((claimer) => claimer.idle()));
    while (this.#endingOverdue.size > 0) await Promise.allSettled(this.#endingOverdue);
  }

  /** Durations all worker threads: what they run is left to its interrupt. */
  async endThreads(): Promise<void> {
    await Promise.all(this.#threads.map((threads) => threads.end()));
  }

  /** Durations the lease and the audit; and the worker threads, each when its run has ended. */
  async end(): Promise<void> {
    this.activation.abandon();
    void this.idle().then(() => this.endThreads());
    clearTimeout(this.#auditTimer);
    await Promise.all([
      this.#cancelSignals?.end(),
      this.#lease?.end(),
      this.#reconciling,
      this.#retention.stop(),
    ]);
  }

  readonly #onError = (error: Error): void => {
    this.options.context.reportError(error);
    this.#auditIn(AUDIT_DELAY);
  };

  readonly #interrupt = ({ queue, claim: { id, lane, token, task } }: Run): Promise<number> => {
    const { context, recovery } = this.options;
    const claim = { jobId: id, token, task, claimedAt: clockOf(context.client).now() };
    return interruptStarted(recovery, { queue, lane, claim }, context.settings.uuid);
  };

  #threadsOf({ threads, size }: AgentSettings): Threads | undefined {
    if (!threads) return undefined;
    const { target, prefix, maxDataBytes, uuid, taskModules } = this.options.context.settings;
    const { activation } = this;
    const made = new Threads({
      size,
      threads,
      modules: taskModules,
      uuid,
      prefix,
      maxDataBytes,
      target,
      logger: this.options.context.settings.logger,
      isStopping: () => !activation.accepting && !activation.abandoned,
    });
    this.#threads.push(made);
    return made;
  }

  #claimer(
    { queue, name: agent, size, lanes }: AgentSettings,
    { beforeClaim, threads }: { beforeClaim?: () => Promise<number>; threads?: Threads },
  ): Claimer {
    const { context } = this.options;
    const { target, prefix, uuid } = context.settings;
    const blockingClient = connect(target, clientSettings.blocking, context.reportError);
    const served = lanes.map((lane) => ({
      store: new LaneStore(context.client, new LaneKeys(prefix, queue, lane), uuid),
      history: context.history.lane(queue, agent, lane),
    }));
    const onError = this.#onError;
    const { activation } = this;
    const interrupt = this.#interrupt;
    const setup = { context, activation, queue, agent, threads, onError, interrupt };
    return new Claimer({
      lanes: served,
      clock: clockOf(context.client),
      blockingClient,
      size,
      activation,
      beforeClaim,
      // What its threads know is told by them alone.
      isKnown: threads ? () => false : isKnownHere,
      onDeadLetter: (id, keys, reason) =>
        logDeadLetter(context.settings.logger, fieldsIn(keys, { id }), reason),
      onError,
      executeIn: (slot) => {
        const deps = executeDeps({ ...setup, ...slot });
        return (claim) => execute(claim, deps);
      },
    });
  }

  /**
   * Recovery goes on where its lane was paused (O6), and where the list of overdue jobs is damaged
   * (B1).
   */
  async #beforeSystemClaim(queue: string): Promise<number> {
    const { context } = this.options;
    const { reportError: onError } = context;
    const lookAgain = clockOf(context.client).now() + FOREIGN_CHECK;
    const [due] = await Promise.all([
      skipIfWrongType({ onError }, () => this.#endOverdue(queue), lookAgain),
      skipIfWrongType({ onError }, () => this.#openSystemLane(queue), undefined),
    ]);
    return due;
  }

  async #openSystemLane(queue: string): Promise<void> {
    const { client, prefix, settings } = this.options.context;
    if (await openSystemLane(client, prefix, queue))
      settings.logger.warn(
        { queue },
        'the system lane was paused or limited by another program: recovery goes on',
      );
  }

  /** What has not begun in time ends beside the agents, which may all be busy (Q2). */
  async #endOverdue(queue: string): Promise<number> {
    const { context } = this.options;
    const { activation } = this;
    const slotless = {
      agent: SYSTEM_LANE,
      // It has no slot of an agent.
      mayClaimNext: () => false,
      threads: undefined,
      history: context.history.lane(queue, SYSTEM_LANE, SYSTEM_LANE),
      onError: this.#onError,
      interrupt: this.#interrupt,
    };
    return await endOverdue({
      context,
      activation,
      queue,
      execute: async (claim, store) => {
        const executing = execute(
          claim,
          executeDeps({ context, activation, queue, store, ...slotless }),
        );
        this.#endingOverdue.add(executing);
        try {
          return await executing;
        } finally {
          this.#endingOverdue.delete(executing);
        }
      },
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

  /** RedisErrorClass that goes on must not put it off. */
  #auditIn(delay: number): void {
    const due = performance.now() + delay;
    if (!this.activation.accepting || due >= this.#auditDue) return;
    this.#auditDue = due;
    clearTimeout(this.#auditTimer);
    this.#auditTimer = setTimeout(() => {
      this.#reconciling = this.#reconcile();
    }, delay);
  }

  async #reconcile(): Promise<void> {
    this.#auditDue = Infinity;
    const { context, recovery } = this.options;
    try {
      await reconcile(recovery, this.activation, context.settings.queues, this.#audits++);
      this.#auditIn(context.settings.deathInterval);
    } catch (error) {
      this.#onError(error as Error);
    }
  }
}
