// The claimers of one activation: one for each agent, and one for the system lane of each queue.
import { SYSTEM_LANE } from '@drover/core/internal';
import type { Activation } from '../activation/activation.js';
import { Claimer } from '../claim/claimer.js';
import type { DispatcherContext } from '../context/context.js';
import type { AgentSettings } from '../options/agent-options.js';
import type { RecoveryDeps } from '../recovery/recovery-deps.js';
import { executeDeps } from '../run/execute.js';
import { isKnownHere } from '../run/unroutable.js';
import { Threads } from '../threads/threads.js';
import { SystemLane, type SystemLaneOptions } from './system-lane.js';

/** Jobs of a system lane that run at a time. They take no slot of an agent. */
const SYSTEM_SIZE = 16;

export interface ClaimersOptions {
  context: DispatcherContext;
  recovery: RecoveryDeps;
  activation: Activation;
  /** The dependencies that all runs of this activation share. */
  runSetup: SystemLaneOptions;
  onError: (error: Error) => void;
}

export class Claimers {
  readonly #agents: { agent: AgentSettings; claimer: Claimer }[];
  readonly #system: Claimer[];
  readonly #systemLane: SystemLane;
  readonly #threads: Threads[] = [];

  constructor(private readonly options: ClaimersOptions) {
    const { agents, queues } = options.context.settings;
    this.#systemLane = new SystemLane(options.runSetup);
    this.#system = queues.map((queue) => this.#systemClaimer(queue));
    this.#agents = agents.map((agent) => ({
      agent,
      claimer: this.#claimer(agent, { threads: this.#threadsOf(agent) }),
    }));
  }

  start(): void {
    for (const claimer of this.#all) claimer.start();
  }

  /** The running jobs of each agent, JSON: `{ "<queue>": { "<agent>": 3 } }` (D10). */
  readonly running = (): string => {
    const byQueue: Record<string, Record<string, number>> = {};
    for (const { agent, claimer } of this.#agents)
      (byQueue[agent.queue] ??= {})[agent.name] = claimer.busy;
    return JSON.stringify(byQueue);
  };

  /** Resolves when no claim is under way. */
  async stop(): Promise<void> {
    await Promise.all(this.#all.map((claimer) => claimer.stop()));
  }

  /** Resolves when no job runs. */
  async idle(): Promise<void> {
    await Promise.all(this.#all.map((claimer) => claimer.idle()));
    await this.#systemLane.idle();
  }

  /** Ends all worker threads. The jobs that run there are left to be interrupted. */
  async endThreads(): Promise<void> {
    await Promise.all(this.#threads.map((threads) => threads.end()));
  }

  get #all(): Claimer[] {
    return [...this.#system, ...this.#agents.map(({ claimer }) => claimer)];
  }

  #systemClaimer(queue: string): Claimer {
    return this.#claimer(
      { queue, name: SYSTEM_LANE, size: SYSTEM_SIZE, lanes: [SYSTEM_LANE], threads: undefined },
      { beforeClaim: () => this.#systemLane.beforeClaim(queue) },
    );
  }

  #threadsOf({ threads, size }: AgentSettings): Threads | undefined {
    if (!threads) return undefined;
    const { activation, context } = this.options;
    const { taskModules: modules, ...rest } = context.settings;
    const made = new Threads({
      ...rest,
      clock: context.store.clock,
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
    const { context, recovery, activation, runSetup, onError } = this.options;
    const { store, reportError } = context;
    const setup = { ...runSetup, queue, agent, threads };
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
}
