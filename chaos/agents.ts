// Changes agents of workers while they run: by themselves, and from another process, through a
// faulty way to Redis (D9). In the end each has the agents with which it began.
import { Dispatchers, type AgentFacts } from '@drover/core';
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Random } from '#kit/faults/random';
import type { Violation } from './check/violation.js';
import type { Slot } from './fleet.js';
import type { AgentChange, History } from './history.js';
import { AGENT, LANES, MORE_AGENT } from './plan.js';
import { QUEUES, type QueueName } from './queues.js';

/** ms for one change: a dispatcher may be blocked, paused or cut off. */
const TIMEOUT = 3_000;

export class Agents {
  readonly #fleet: Dispatchers;

  /** @param url a way to Redis, which may be faulty */
  constructor(
    url: string,
    prefix: string,
    private readonly history: History,
  ) {
    this.#fleet = new Dispatchers({ connection: url, prefix, unavailableTimeout: TIMEOUT });
  }

  /** One change of one worker. */
  async change(slot: Slot, random: Random, by: 'itself' | 'another'): Promise<void> {
    const change = planChange(slot.serves, random);
    if (by === 'itself') return slot.change({ change, call: randomUUID() });
    // It is refused where the dispatcher ends, and late where it is paused.
    await this.#change(change).catch(() => {});
  }

  /** Each worker gets the agents with which it began; those that do not are violations. */
  async restore(slots: readonly Slot[], within: number): Promise<Violation[]> {
    const found = slots.map((slot) => this.#restoreOne(slot, performance.now() + within));
    return (await Promise.all(found)).flat();
  }

  async close(): Promise<void> {
    await this.#fleet.close();
  }

  async #restoreOne(slot: Slot, end: number): Promise<Violation[]> {
    for (;;) {
      const { serves: uuid } = slot;
      try {
        for (const queue of QUEUES) {
          await this.#change({ uuid, queue, agent: MORE_AGENT, size: 0, removes: true });
          const { name: agent, size, lanes } = AGENT;
          await this.#change({ uuid, queue, agent, size, lanes });
        }
        return wrongAgents(uuid, (await this.#fleet.get(uuid))?.agents ?? []);
      } catch (error) {
        if (performance.now() > end)
          return [
            { rule: 'D9', what: `dispatcher ${uuid} takes no change over: ${String(error)}` },
          ];
        await setTimeout(200);
      }
    }
  }

  async #change(change: AgentChange): Promise<void> {
    const { uuid, queue, agent, size, lanes, removes } = change;
    const call = randomUUID();
    this.history.note({ what: 'agent', change, call, acknowledged: false });
    if (removes) await this.#fleet.removeAgent(uuid, queue, agent, { timeout: TIMEOUT });
    else {
      const options = { size, ...(lanes && { lanes }), timeout: TIMEOUT };
      await this.#fleet.setAgent(uuid, queue, agent, options);
    }
    this.history.note({ what: 'agent', change, call, acknowledged: true });
  }
}

/** Another size, other lanes, a further agent, or none. */
function planChange(uuid: string, random: Random): AgentChange {
  const queue: QueueName = random.pick(QUEUES);
  const agent = random.pick([AGENT.name, AGENT.name, MORE_AGENT]);
  if (random.chance(0.2)) return { uuid, queue, agent, size: 0, removes: true };
  const lanes = random.pick([undefined, LANES, ['main'], ['side']] as const);
  return { uuid, queue, agent, size: random.between(0, 6), ...(lanes && { lanes }) };
}

function wrongAgents(uuid: string, agents: readonly AgentFacts[]): Violation[] {
  const shown = agents.map(
    ({ queue, name, size, lanes }) => `${queue}.${name} ${size} ${[...lanes].sort().join()}`,
  );
  const { name, size, lanes } = AGENT;
  const wanted = QUEUES.map((queue) => `${queue}.${name} ${size} ${[...lanes].sort().join()}`);
  if (shown.sort().join('; ') === [...wanted].sort().join('; ')) return [];
  return [{ rule: 'D9', what: `dispatcher ${uuid} has the agents ${shown.join('; ')}` }];
}
