// The names of all keys: BullMQ's and Drover's.
import { MAIN_LANE, SYSTEM_LANE } from '../../lib/names.js';

/** The BullMQ queue of a lane. */
export function bullQueueName(queue: string, lane: string): string {
  return lane === MAIN_LANE ? queue : `${queue}/${lane}`;
}

/** The keys of one lane of a queue. */
export class LaneKeys {
  /** The beginning of each key of the lane. */
  readonly base: string;
  readonly bullQueue: string;
  /** The beginning of every key under the prefix. */
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

  /** The lanes that jobs were put into, beside the main and the system lane. */
  get lanes(): string {
    return `${this.queueBase}:lanes`;
  }

  /** When the queue was paused: ms since 1970. It is there while the queue is paused (O2). */
  get pausedAt(): string {
    return `${this.queueBase}:paused-at`;
  }

  /** The sizes of the queue's quotas, by name; `team/` for a quota with keys. */
  get quotas(): string {
    return `${this.queueBase}:quotas`;
  }

  /**
   * The names of the keys of a quota, or a rate limit, that have jobs (Q9).
   * @param quota as it is stored: `team/`, `rate:tenant/`
   */
  quotaKeys(quota: string): string {
    return `${this.queueBase}:${quota.startsWith('rate:') ? '' : 'quota:'}${quota}:keys`;
  }

  /** The queue's rate limits, by name: how many starts in how many ms (Q9). */
  get rateLimits(): string {
    return `${this.queueBase}:rate-limits`;
  }

  /** The rate limits that have waiting jobs, each by when it opens. */
  get opening(): string {
    return `${this.rateLimits}:opening`;
  }

  /** The job of each key of the queue (Q8). */
  get keyed(): string {
    return `${this.queueBase}:keys`;
  }

  /** By key: the job that waits for the end of the one that has it. */
  get nextKeyed(): string {
    return `${this.keyed}:next`;
  }

  /** The beginning, up to a colon, of the keys of the queue that belong to no lane. */
  get queueBase(): string {
    return this.root + this.queue;
  }

  /** The keys of another lane, of the same queue by default. */
  sibling(lane: string, queue = this.queue): LaneKeys {
    return lane === this.lane && queue === this.queue
      ? this
      : new LaneKeys(this.prefix, queue, lane);
  }

  /**
   * The name of a job for the jobs of this lane: its id, or `<BullMQ queue>:<id>` where it is in
   * another lane.
   */
  nameOf(id: string, { bullQueue }: LaneKeys): string {
    return bullQueue === this.bullQueue ? id : `${bullQueue}:${id}`;
  }

  /** The job with such a name. */
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

  /** Says for ten minutes by which call a job was pulled. */
  pulled(id: string): string {
    return `${this.base}${id}:pulled`;
  }

  /** Long arguments of a job until a script stores them with it; `name` makes the key unique. */
  staged(id: string, name: string): string {
    return `${this.base}${id}:staged-${name}`;
  }

  /** BullMQ sets it when there is, or will be, a job to claim. */
  get marker(): string {
    return `${this.base}marker`;
  }

  /** By when pending jobs of the queue must have begun, in all of its lanes. */
  get deadlines(): string {
    return `${this.queueBase}:begin-by`;
  }

  /** The schedules of the queue, by name, each with its next time. */
  get schedules(): string {
    return `${this.queueBase}:schedules`;
  }

  schedule(name: string): string {
    return `${this.queueBase}:schedule:${name}`;
  }

  list(
    name:
      | 'wait'
      | 'prioritized'
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
      | 'packs'
      | 'events',
  ): string {
    return this.base + name;
  }
}

/** The keys of the dispatchers. */
export class DispatcherKeys {
  /** For each active dispatcher, when its lease expires, by Redis's clock. */
  readonly deadlines: string;
  /** Says when a dispatcher was activated, was deactivated or has died. */
  readonly channel: string;

  /** For each deactivated dispatcher, when its record goes. */
  readonly ended: string;

  constructor(readonly prefix: string) {
    this.deadlines = `${prefix}:dispatchers`;
    this.ended = `${prefix}:dispatchers:ended`;
    this.channel = `${prefix}:dispatchers:events`;
  }

  record(uuid: string): string {
    return `${this.prefix}:dispatcher:${uuid}`;
  }

  /** Tells a dispatcher that a job which it runs was cancelled, or that a wish waits for it. */
  cancelled(uuid: string): string {
    return `${this.record(uuid)}:cancelled`;
  }

  /** The wishes of other processes for a dispatcher, the first one first. */
  wishes(uuid: string): string {
    return `${this.record(uuid)}:wishes`;
  }

  /** The waiting jobs that this dispatcher owns. */
  owned(uuid: string): string {
    return `${this.prefix}:dispatcher:${uuid}:waiting`;
  }
}
