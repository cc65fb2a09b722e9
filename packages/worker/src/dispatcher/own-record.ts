// Keeps the agents and tasks in the record of this dispatcher up to date (D9, D10).
import type { Activation } from '../activation/activation.js';
import type { DispatcherContext } from '../context/context.js';
import { lanesByQueue } from '../options/agent-options.js';
import { selfDescription } from '../options/self-description.js';

export class OwnRecord {
  /** The last description that Redis has. Agents may change while the activation is under way. */
  #written = '';

  constructor(
    private readonly context: Pick<DispatcherContext, 'settings' | 'store'>,
    private readonly activation: Pick<Activation, 'uuid' | 'epoch'>,
  ) {}

  /**
   * Stores agents and tasks where they have changed: a module may define tasks at any time.
   * @param done wishes of other processes that are done
   */
  async refresh(done?: { taken: number; count: number }): Promise<void> {
    const { settings, store } = this.context;
    const { uuid, epoch } = this.activation;
    const about = selfDescription(settings.agents);
    const text = JSON.stringify(about);
    if (text === this.#written && !done) return;
    const served = { queues: settings.queues, lanes: lanesByQueue(settings) };
    await store.activations.describe(uuid, epoch, about, served, done);
    this.#written = text;
  }
}
