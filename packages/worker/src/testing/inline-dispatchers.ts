// The dispatchers of one `runInline`: they serve all lanes of the queue, also those that it gets
// meanwhile.
import { randomUUID } from 'node:crypto';
import { UnsupportedError, type Queue } from '@drover/core';
import { forgetDispatcher, SYSTEM_LANE, targetOf } from '@drover/core/internal';
import { pino } from 'pino';
import { Dispatcher } from '../dispatcher/dispatcher.js';

/** Jobs at a time. */
const SIZE = 10;

export class InlineDispatchers {
  readonly #started: Dispatcher[] = [];
  readonly #lanes = new Set<string>([SYSTEM_LANE]);

  constructor(private readonly queue: Queue) {}

  /** Starts a dispatcher for lanes that are not served yet. False: all are. */
  async serveAllLanes(): Promise<boolean> {
    const { lanes: counted } = await this.queue.counts();
    const lanes = Object.keys(counted).filter((lane) => !this.#lanes.has(lane));
    if (lanes.length === 0) return false;
    const dispatcher = new Dispatcher({
      connection: this.#connection(),
      prefix: this.queue.prefix,
      uuid: randomUUID(),
      queues: { [this.queue.name]: { inline: { size: SIZE, lanes } } },
      signals: false,
      logger: pino({ level: 'silent' }),
    });
    this.#started.push(dispatcher);
    await dispatcher.activate();
    for (const lane of lanes) this.#lanes.add(lane);
    return true;
  }

  /** Deactivates them, and removes their records from Redis. */
  async end(): Promise<void> {
    for (const dispatcher of this.#started) {
      await dispatcher.deactivate();
      await forgetDispatcher(this.queue, dispatcher.uuid);
    }
  }

  #connection() {
    const target = targetOf(this.queue);
    if (target.kind === 'server') return target.options;
    throw new UnsupportedError('runInline does not run jobs of a queue in a Redis Cluster');
  }
}
