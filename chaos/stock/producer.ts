// Puts the workload of the negative control, through the same faulty connection.
import { FlowProducer } from 'bullmq';
import { setTimeout } from 'node:timers/promises';
import type { Random } from '#kit/faults/random';
import type { History } from '../history.js';
import { planStock } from './plans.js';

export class StockProducer {
  readonly #flows: FlowProducer;

  constructor(
    url: string,
    private readonly place: { prefix: string; queue: string },
    private readonly history: History,
    private readonly random: Random,
  ) {
    const { hostname, port } = new URL(url);
    this.#flows = new FlowProducer({ connection: { host: hostname, port: Number(port) }, prefix: place.prefix });
    this.#flows.on('error', () => {});
  }

  async produce(jobs: number, ms: number): Promise<void> {
    const start = performance.now();
    const pending = [];
    for (let i = 0; i < jobs; i++) {
      await setTimeout(Math.max(0, start + (i * ms) / jobs - performance.now()));
      pending.push(this.#one(`job${i}`));
    }
    await Promise.all(pending);
  }

  async close(): Promise<void> {
    await this.#flows.close();
  }

  async #one(name: string): Promise<void> {
    const { flow, put } = planStock(name, this.place.queue, this.random);
    this.history.note({ what: 'put', acknowledged: false, put });
    try {
      await this.#flows.add(flow);
      this.history.note({ what: 'put', acknowledged: true, put });
    } catch {
      // Not acknowledged: it may be there or not.
    }
  }
}
