// The dead letters of a queue: records that are damaged, or not Drover's (B1).
import { BadStatusError } from '../errors.js';
import { checkId } from '../lib/names.js';
import { checkOptions } from '../lib/unknown-options.js';
import { checkWhole } from '../lib/whole-number.js';
import { laneKeysOf } from '../store/bullmq/put/lanes.js';
import type { UseStore } from '../store/bullmq/queue-access.js';
import {
  endDeadLetter,
  listDeadLetters,
  type DeadLetterRecord,
} from '../store/bullmq/run/dead-letters.js';

/** A dead letter: id, lane, task, the reason, and the time in ms since 1970. */
export type DeadLetter = DeadLetterRecord;

export interface DeadLetterOptions {
  /** So many of each lane at most, from 1. Of more they are any. Default: all. */
  most?: number | undefined;
}

export class DeadLetters {
  /** Made by the queue. */
  constructor(
    private readonly queue: string,
    private readonly use: UseStore,
  ) {}

  /**
   * The dead letters, lane after lane, each in the order in which they became ones. They run only
   * when they are retried.
   * @throws InvalidArgumentError for a bad option
   */
  async list(options: DeadLetterOptions = {}): Promise<DeadLetter[]> {
    checkOptions('deadLetters().list', options, ['most']);
    const { most = Infinity } = options;
    checkWhole('most of deadLetters().list', most, { from: 1, orInfinity: true });
    return await this.use(async (place) => {
      const lanes = await laneKeysOf(place.client, place.keys);
      const lists = lanes.map((keys) => listDeadLetters(place.client, keys, most));
      return (await Promise.all(lists)).flat();
    });
  }

  /**
   * Puts one back at the head of its lane, after its record was mended, or with a version of the
   * program that can read it.
   * @throws BadStatusError where it is no dead letter
   */
  async retry(id: string): Promise<void> {
    await this.#end(id, 'retry');
  }

  /**
   * Removes one, with its whole record. Jobs that wait for it go on: for them it has failed with a
   * RemovedError.
   * @throws BadStatusError where it is no dead letter
   */
  async drop(id: string): Promise<void> {
    await this.#end(id, 'drop');
  }

  async #end(id: string, how: 'retry' | 'drop'): Promise<void> {
    checkId(id);
    const isDone = await this.use(async (place, isRepeated) => {
      for (const keys of await laneKeysOf(place.client, place.keys))
        if (await endDeadLetter(place.client, keys, id, how)) return true;
      // If the reply of an earlier attempt was lost, this call ended it.
      return isRepeated;
    });
    if (isDone) return;
    throw new BadStatusError(`job ${id} is no dead letter in the queue ${this.queue}`);
  }
}
