// The names of keys: BullMQ's, of one lane of a queue, and Drover's own.
import { MAIN_LANE, SYSTEM_LANE } from '../../names.js';

export const DEFAULT_PREFIX = '{drover}';

/** The BullMQ queue that carries a lane of a queue. */
export function bullQueueName(queue: string, lane: string): string {
  return lane === MAIN_LANE ? queue : `${queue}/${lane}`;
}

/** The keys of one lane of a queue. */
export class LaneKeys {
  /** Stands before each key of the lane. */
  readonly base: string;
  readonly bullQueue: string;

  constructor(
    readonly prefix: string,
    readonly queue: string,
    readonly lane: string,
  ) {
    this.bullQueue = bullQueueName(queue, lane);
    this.base = `${prefix}:${this.bullQueue}:`;
  }

  get system(): LaneKeys {
    return new LaneKeys(this.prefix, this.queue, SYSTEM_LANE);
  }

  job(id: string): string {
    return this.base + id;
  }

  lock(id: string): string {
    return `${this.base}${id}:lock`;
  }

  /** Where BullMQ leaves word for those who wait for a job. */
  get marker(): string {
    return `${this.base}marker`;
  }

  /** By when pending jobs of the queue, in any of its lanes, must have begun. */
  get deadlines(): string {
    return `${this.prefix}:${this.queue}:begin-by`;
  }

  list(name: 'wait' | 'active' | 'delayed' | 'completed' | 'failed' | 'waiting-children' | 'events'): string {
    return this.base + name;
  }
}

/** The keys of the dispatchers. */
export class DispatcherKeys {
  /** When each active dispatcher is dead unless it pings again, in Redis's time. */
  readonly deadlines: string;
  /** Where changes of dispatchers are published. */
  readonly channel: string;

  constructor(readonly prefix: string) {
    this.deadlines = `${prefix}:dispatchers`;
    this.channel = `${prefix}:dispatchers:events`;
  }

  record(uuid: string): string {
    return `${this.prefix}:dispatcher:${uuid}`;
  }

  /** The jobs that wait for other jobs and that this dispatcher owns. */
  owned(uuid: string): string {
    return `${this.prefix}:dispatcher:${uuid}:waiting`;
  }
}
