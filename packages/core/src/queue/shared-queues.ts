// The queues that running tasks see, on the connection of their dispatcher or thread.
import { queueParts } from './queue-parts.js';
import type { SharedConnection, StoreOptions } from './queue-options.js';
import { Queue } from './queue.js';

export class SharedQueues {
  readonly #queues = new Map<string, Queue>();

  constructor(
    private readonly options: Pick<StoreOptions, 'prefix' | 'maxDataBytes'>,
    private readonly connection: SharedConnection,
  ) {}

  get(name: string): Queue {
    const { prefix, maxDataBytes } = this.options;
    const queue =
      this.#queues.get(name) ?? new Queue(name, { prefix, maxDataBytes }, this.connection);
    this.#queues.set(name, queue);
    return queue;
  }

  /** Ends the queues, and not their connection: `close` of a task does nothing to them. */
  async end(): Promise<void> {
    for (const queue of this.#queues.values()) await queue[queueParts].finish();
  }
}
