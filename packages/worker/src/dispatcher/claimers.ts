// The claimers of one activation: one for each agent, and one for the system lane of each queue.
import { SYSTEM_LANE } from '@drover/core/internal';
import type { Activation } from '../activation/activation.js';
import { Claimer, type ClaimerOptions, type Share } from '../claim/claimer.js';
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

/** An agent at work. */
interface Served {
  agent: AgentSettings;
  claimer: Claimer;
  threads: Threads | undefined;
}

const keyOf = ({ queue, name }: Pick<AgentSettings, 'queue' | 'name'>): string =>
  `${queue}/${name}`;

export class Claimers {
  /** By queue and name. */
  readonly #agents = new Map<string, Served>();
  /** Agents that were removed, until their jobs have ended. */
  readonly #leaving = new Set<Served>();
  /** Those of the system lanes, by queue. */
  readonly #system = new Map<string, Claimer>();
  readonly #systemLane: SystemLane;

  constructor(private readonly options: ClaimersOptions) {
    this.#systemLane = new SystemLane(options.runSetup);
  }

  /**
   * Begins to claim for each agent in the settings, changes those that differ, and lets those that
   * are not there any more end their jobs (D9). Resolves when no claim is under way that the
   * settings do not ask for.
   */
  async follow(): Promise<void> {
    const { agents, queues } = this.options.context.settings;
    for (const queue of queues) {
      if (this.#system.has(queue)) continue;
      const claimer = this.#systemClaimer(queue);
      this.#system.set(queue, claimer);
      claimer.start();
    }
    const wanted = new Set(agents.map(keyOf));
    const gone = [...this.#agents].filter(([key]) => !wanted.has(key));
    await Promise.all([
      ...gone.map(([key, served]) => this.#remove(key, served)),
      ...agents.map((agent) => this.#set(agent)),
    ]);
  }

  /** The running jobs of each agent, JSON: `{ "<queue>": { "<agent>": 3 } }` (D10). */
  readonly running = (): string => {
    const byQueue = new Map<string, [string, number][]>();
    for (const agent of this.options.context.settings.agents) {
      const others = byQueue.get(agent.queue) ?? [];
      byQueue.set(agent.queue, [...others, [agent.name, this.busyOf(agent)]]);
    }
    // An agent may be named `__proto__`.
    const counts = [...byQueue].map(([queue, agents]) => [queue, Object.fromEntries(agents)]);
    return JSON.stringify(Object.fromEntries(counts));
  };

  /** The number of the running jobs of an agent. */
  busyOf(agent: Pick<AgentSettings, 'queue' | 'name'>): number {
    return this.#agents.get(keyOf(agent))?.claimer.busy ?? 0;
  }

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
    await Promise.all(this.#served.map(async ({ threads }) => await threads?.end()));
  }

  get #served(): Served[] {
    return [...this.#agents.values(), ...this.#leaving];
  }

  get #all(): Claimer[] {
    return [...this.#system.values(), ...this.#served.map(({ claimer }) => claimer)];
  }

  async #set(agent: AgentSettings): Promise<void> {
    const served = this.#agents.get(keyOf(agent));
    if (!served) {
      const threads = this.#threadsOf(agent);
      const claimer = this.#claimer(agent, { threads });
      this.#agents.set(keyOf(agent), { agent, claimer, threads });
      return claimer.start();
    }
    if (served.agent === agent) return;
    const { claimer, threads } = served;
    served.agent = agent;
    threads?.resize(agent.size);
    await this.#wake(agent.queue, await claimer.change(this.#share(agent, threads)));
  }

  async #remove(key: string, served: Served): Promise<void> {
    const { agent, claimer, threads } = served;
    this.#agents.delete(key);
    this.#leaving.add(served);
    void claimer.idle().then(async () => {
      await threads?.end();
      this.#leaving.delete(served);
    });
    await claimer.stop();
    await this.#wake(agent.queue, agent.lanes);
  }

  /** Without this a job whose word the agent has taken would wait for the next look of others. */
  async #wake(queue: string, lanes: readonly string[]): Promise<void> {
    const { context, activation } = this.options;
    if (!activation.accepting) return;
    for (const lane of lanes)
      await context.store.recovery.wake(queue, lane).catch(this.options.onError);
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
    return new Threads({
      ...rest,
      clock: context.store.clock,
      size,
      threads,
      modules,
      isStopping: () => !activation.accepting && !activation.abandoned,
    });
  }

  #claimer(
    agent: AgentSettings,
    {
      beforeClaim,
      threads,
    }: { beforeClaim?: () => Promise<number>; threads?: Threads | undefined },
  ): Claimer {
    const { context, recovery, activation, onError } = this.options;
    const { store, reportError } = context;
    const { queue } = agent;
    const options: ClaimerOptions = {
      clock: store.clock,
      openMarkers: (lanes, tasks) => {
        const mayGoOn = () => activation.mayClaim;
        return store.markers(queue, lanes, mayGoOn, reportError, tasks ? 'event' : 'marker');
      },
      activation,
      beforeClaim,
      // Only its threads know which tasks they define.
      isKnown: threads ? () => false : isKnownHere,
      onDeadLetter: (id, lane, reason) => recovery.onDeadLetter({ queue, lane, id }, reason),
      onError,
    };
    return new Claimer(options, this.#share(agent, threads));
  }

  #share(
    { queue, name: agent, lanes, tasks, size }: AgentSettings,
    threads: Threads | undefined,
  ): Share {
    const { context, runSetup } = this.options;
    const setup = { ...runSetup, queue, agent, threads };
    return {
      ...{ size, tasks },
      lanes: lanes.map((lane) => {
        const own = {
          store: context.store.lane(queue, lane, agent, tasks),
          history: context.history.lane(queue, agent, lane),
        };
        return { lane, ...own, deps: executeDeps({ ...setup, ...own }) };
      }),
    };
  }
}
