// The names of keys: BullMQ's, of one lane of a queue, and Drover's own.
import { MAIN_LANE, SYSTEM_LANE } from '../../lib/names.js';

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
  /** Stands before every key under the prefix. */
  readonly root: string;

  constructor(
    readonly prefix: string,
    readonly queue: string,
    readonly lane: string,
  ) {
    this.bullQueue = bullQueueName(queue, lane);
    this.root = `${prefix}:`;
    this.base = `${this.root}${this.bullQueue}:`;
  }

  get system(): LaneKeys {
    return this.sibling(SYSTEM_LANE);
  }

  /** Which lanes of the queue jobs were put into, beside the main and the system lane. */
  get lanes(): string {
    return `${this.queueBase}:lanes`;
  }

  /** The quotas of the queue: their sizes by name. */
  get quotas(): string {
    return `${this.queueBase}:quotas`;
  }

  /** Stands before the keys of the queue that belong to no lane, with a colon between. */
  get queueBase(): string {
    return this.root + this.queue;
  }

  /** The keys of another lane under the same prefix. Default: of the same queue. */
  sibling(lane: string, queue = this.queue): LaneKeys {
    return lane === this.lane && queue === this.queue
      ? this
      : new LaneKeys(this.prefix, queue, lane);
  }

  /**
   * How the jobs of this lane name one of another: by its id, and where it is in another lane by
   * `<BullMQ queue>:<id>`. Nearly all jobs name those of their own lane.
   */
  nameOf(id: string, { bullQueue }: LaneKeys): string {
    return bullQueue === this.bullQueue ? id : `${bullQueue}:${id}`;
  }

  /** The job that such a name stands for. */
  named(name: string): { id: string; keys: LaneKeys } {
    const end = name.indexOf(':');
    if (end < 0) return { id: name, keys: this };
    const [queue = '', lane = MAIN_LANE] = name.slice(0, end).split('/');
    return { id: name.slice(end + 1), keys: this.sibling(lane, queue) };
  }

  job(id: string): string {
    return this.base + id;
  }

  lock(id: string): string {
    return `${this.base}${id}:lock`;
  }

  /** What is left of a job that was pulled, for a while. */
  pulled(id: string): string {
    return `${this.base}${id}:pulled`;
  }

  /** Where BullMQ leaves word for those who wait for a job. */
  get marker(): string {
    return `${this.base}marker`;
  }

  /** A key under which there is never anything: BullMQ's scripts look for due jobs there. */
  get nothingDue(): string {
    return `${this.base}nothing-due`;
  }

  /** By when pending jobs of the queue, in any of its lanes, must have begun. */
  get deadlines(): string {
    return `${this.queueBase}:begin-by`;
  }

  list(
    name:
      | 'wait'
      | 'parked'
      | 'active'
      | 'delayed'
      | 'completed'
      | 'failed'
      | 'waiting-children'
      | 'dead-letters'
      | 'unknown'
      | 'meta'
      | 'undecided'
      | 'events',
  ): string {
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

  /** Where a dispatcher is told that a job which it runs was cancelled. */
  cancelled(uuid: string): string {
    return `${this.record(uuid)}:cancelled`;
  }

  /** The jobs that wait for other jobs and that this dispatcher owns. */
  owned(uuid: string): string {
    return `${this.prefix}:dispatcher:${uuid}:waiting`;
  }
}
