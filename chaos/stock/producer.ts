// Puts the workload of the negative control, through the same faulty connection.
import { FlowProducer } from 'bullmq';
import { Redis } from 'ioredis';
import { setTimeout } from 'node:timers/promises';
import type { Random } from '#kit/faults/random';
import type { History } from '../history.js';
import { Pending } from '../pending.js';
import { planStock } from './plans.js';

/**
 * ms. By default each put after the first silence of the connection waits for ever, and no more are
 * tried.
 */
const SILENT_AFTER = 2_000;

export class StockProducer {
  readonly #redis: Redis;
  readonly #flows: FlowProducer;
  readonly #pending = new Pending();

  constructor(
    url: string,
    private readonly place: { prefix: string; queue: string },
    private readonly history: History,
    private readonly random: Random,
  ) {
    this.#redis = new Redis(url, { socketTimeout: SILENT_AFTER });
    this.#redis.on('error', () => {});
    this.#flows = new FlowProducer({ connection: this.#redis, prefix: place.prefix });
    this.#flows.on('error', () => {});
  }

  async produce(jobs: number, ms: number): Promise<void> {
    const start = performance.now();
    for (let i = 0; i < jobs; i++) {
      await setTimeout(Math.max(0, start + (i * ms) / jobs - performance.now()));
      this.#pending.add(`putting job${i}`, this.#one(`job${i}`));
    }
  }

  async ended(within: number): Promise<string[]> {
    return await this.#pending.end(within);
  }

  /** BullMQ would first wait until Redis answers, which it may never do. */
  close(): void {
    this.#redis.disconnect();
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
