// Changes the agents of a dispatcher while it runs, for itself and by wishes of other processes
// (D9). The settings are changed first; the record and the claimers follow them.
import { InvalidArgumentError } from '@drover/core';
import { checkAgentName, type WorkerStore } from '@drover/core/internal';
import type { Activation } from '../activation/activation.js';
import type { DispatcherContext } from '../context/context.js';
import { changedAgent } from '../options/agent-options.js';
import type { Settings } from '../options/settings.js';
import { persist, whileActive } from '../run/persist.js';
import type { Claimers } from './claimers.js';
import type { OwnRecord } from './own-record.js';

type Wish = NonNullable<
  Awaited<ReturnType<WorkerStore['activations']['wishes']>>['wishes'][number]
>;

/**
 * Adds or changes an agent in the settings. A queue that is new is served from then on.
 * @throws InvalidArgumentError
 */
export function setAgent(settings: Settings, queue: string, name: string, change: unknown): void {
  const { agents, queues, keepCompleted, keepOfNewQueue } = settings;
  const at = indexOf(agents, queue, name);
  const changed = changedAgent(agents[at], queue, name, change);
  agents.splice(at < 0 ? agents.length : at, 1, changed);
  if (queues.includes(queue)) return;
  queues.push(queue);
  const kept = Object.entries(keepCompleted);
  settings.keepCompleted = Object.fromEntries([...kept, [queue, keepOfNewQueue]]);
}

/**
 * Removes an agent from the settings. Its queue is looked after until the dispatcher ends.
 * @throws InvalidArgumentError for a bad name
 */
export function removeAgent({ agents }: Settings, queue: string, name: string): void {
  checkAgentName('removeAgent: ', queue, name);
  const at = indexOf(agents, queue, name);
  if (at >= 0) agents.splice(at, 1);
}

function indexOf(agents: Settings['agents'], queue: string, name: string): number {
  return agents.findIndex((agent) => agent.queue === queue && agent.name === name);
}

export interface AgentChangesOptions {
  context: DispatcherContext;
  activation: Activation;
  record: OwnRecord;
  claimers: Claimers;
  /** Another process wishes that this dispatcher is deactivated. `grace`: ms. */
  onDrain: (grace: number) => void;
}

export class AgentChanges {
  /** Settled when the last change that was asked for is done. */
  #last: Promise<void> = Promise.resolve();

  constructor(private readonly options: AgentChangesOptions) {}

  /** Resolves when the record and the claimers are as the settings say. */
  async follow(): Promise<void> {
    await this.#next(() => this.#follow());
  }

  /** Takes over the wishes that are stored for this dispatcher. */
  async takeWishes(): Promise<void> {
    const { reportError } = this.options.context;
    await this.#next(() => this.#takeWishes()).catch(reportError);
  }

  #next(action: () => Promise<void>): Promise<void> {
    const done = this.#last.then(action);
    this.#last = done.catch(() => {});
    return done;
  }

  /** The record first: a cleanup looks for jobs in the queues and lanes that it names. */
  async #follow(): Promise<void> {
    const { record, claimers, activation, context } = this.options;
    const how = whileActive({ activation, onError: context.reportError });
    await persist(() => record.refresh(), how);
    if (activation.accepting) await claimers.follow();
  }

  async #takeWishes(): Promise<void> {
    const { record, activation, context, onDrain } = this.options;
    if (!activation.accepting) return;
    const { taken, wishes } = await context.store.activations.wishes(activation.uuid);
    if (wishes.length === 0) return;
    const drains = wishes.flatMap((wish) => (wish ? this.#apply(wish) : []));
    await this.#follow();
    await record.refresh({ taken, count: wishes.length });
    const [grace] = drains;
    if (grace !== undefined) onDrain(grace);
  }

  /** Returns the grace of a drain, in ms. A wish that is damaged is passed over (B1). */
  #apply(wish: Wish): number[] {
    const { settings } = this.options.context;
    try {
      if (wish.kind === 'drain') return [wish.grace];
      const { kind, queue, agent, ...change } = wish;
      if (kind === 'setAgent') setAgent(settings, queue, agent, change);
      else removeAgent(settings, queue, agent);
      settings.logger.info({ queue, agent, ...change }, `${kind}: by another process`);
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      this.options.context.reportError(error);
    }
    return [];
  }
}
