// The jobs of a queue that became dead letters, since what is stored of them is damaged or not
// Drover's (B1).
import { BadStatusError } from '../errors.js';
import { checkId } from '../lib/names.js';
import type { LaneKeys } from '../store/bullmq/keys.js';
import { lanesOf } from '../store/bullmq/put/lanes.js';
import type { QueueDeps, UseStore } from '../store/bullmq/queue-access.js';
import {
  endDeadLetter,
  listDeadLetters,
  type DeadLetterRecord,
} from '../store/bullmq/run/dead-letters.js';

/** A job that became a dead letter: its id, lane and task, why, and when, in ms since 1970. */
export type DeadLetter = DeadLetterRecord;

export class DeadLetters {
  /** Made by the queue. */
  constructor(
    private readonly queue: string,
    private readonly use: UseStore,
  ) {}

  /**
   * The jobs that are dead letters: lane after lane, in the order in which they were. They run only
   * when they are retried.
   */
  async list(): Promise<DeadLetter[]> {
    return await this.use(async (place) => {
      const lists = (await lanesIn(place)).map((keys) => listDeadLetters(place.client, keys));
      return (await Promise.all(lists)).flat();
    });
  }

  /**
   * Lets one be tried again, at the head of its lane: what is stored of it was mended, or another
   * version of the program can read it.
   * @throws BadStatusError where it is no dead letter
   */
  async retry(id: string): Promise<void> {
    await this.#end(id, 'retry');
  }

  /**
   * Removes one, with all that is stored of it. What waits for it goes on: there it counts as
   * failed, with a RemovedError.
   * @throws BadStatusError where it is no dead letter
   */
  async drop(id: string): Promise<void> {
    await this.#end(id, 'drop');
  }

  async #end(id: string, how: 'retry' | 'drop'): Promise<void> {
    checkId(id);
    const isDone = await this.use(async (place, isRepeated) => {
      for (const keys of await lanesIn(place))
        if (await endDeadLetter(place.client, keys, id, how)) return true;
      // What is there no more after a reply that was lost is what this call ended.
      return isRepeated;
    });
    if (isDone) return;
    throw new BadStatusError(`job ${id} is no dead letter in the queue ${this.queue}`);
  }
}

async function lanesIn({ client, keys }: QueueDeps): Promise<LaneKeys[]> {
  return (await lanesOf(client, keys.prefix, keys.queue)).map((lane) => keys.sibling(lane));
}
