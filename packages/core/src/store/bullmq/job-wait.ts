// One wait for a job: until a condition holds of the job, or the job will never come (J12). It
// reads the job, and again after each event that may have changed it.
import type { Availability } from '../../redis/availability.js';
import type { RedisClient } from '../../redis/connection.js';
import { TimeoutError } from '../../errors.js';
import { timerDelay } from '../../lib/timeout.js';
import type { OriginLocation, PackPlace, StoredJob } from '../../model/records.js';
import type { EventWatcher } from './event-watcher.js';
import { valueOf, type JobEvent } from './job-event.js';
import type { LaneKeys } from './keys.js';
import { lookFor, watchPack, type Found } from './read/look-for.js';

/** Options of a wait. */
export interface WaitFor {
  /** ms. Default: no limit. */
  timeout?: number | undefined;
  /** The names of the events to look after. Default: all. */
  events?: ReadonlySet<string>;
  /**
   * The job after one of these events, from its last read; undefined where it has to be read again.
   * Default: it is always read again.
   */
  after?: (job: StoredJob, event: JobEvent) => StoredJob | undefined;
  /** The job as the caller knows it, such as since its put. */
  known?: StoredJob | undefined;
  /**
   * The jobs that may still store it, nearest first. Default: none: a job that is not stored was
   * removed.
   */
  origins?: readonly OriginLocation[];
}

export interface WaitDeps {
  client: RedisClient;
  availability: Availability;
  watcher: EventWatcher;
}

/** The job, and the lane where it is stored. */
export interface Waited {
  job: StoredJob;
  keys: LaneKeys;
}

/** After these events a job stores no other one. */
const ORIGIN_ENDS: ReadonlySet<string> = new Set(['completed', 'failed', 'removed']);
/** After these it may have stored jobs in a pack, which have no events of their own. */
const ORIGIN_STORES: ReadonlySet<string> = new Set(['waiting-children', 'waiting', 'delayed']);

export class JobWait {
  /** Rejects with a TimeoutError, or a BadStatusError where the job will never come. */
  readonly ended: Promise<Waited>;
  /** The last known place of the job. */
  #at: LaneKeys;
  /** The job as it was last read there. */
  #known: StoredJob | undefined;
  #isThere = false;
  #hasLooked = false;
  #isOver = false;
  #followsOrigins = false;
  /** By id: the packs of which it hears, and those that tell of each step. */
  readonly #heard = new Set<string>();
  readonly #watched = new Set<string>();
  readonly #cleanUps: (() => void)[] = [];
  #resolve!: (waited: Waited) => void;
  #reject!: (error: Error) => void;

  /** @param keys of the lane where the job should be */
  constructor(
    private readonly deps: WaitDeps,
    private readonly keys: LaneKeys,
    private readonly id: string,
    private readonly condition: (job: StoredJob) => boolean,
    private readonly options: WaitFor,
  ) {
    this.#at = keys;
    this.ended = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Whether it has begun to read the job. */
  get hasLooked(): boolean {
    return this.#hasLooked;
  }

  /** Whether the job is stored, as a read or an event of its own has told. */
  get isThere(): boolean {
    return this.#isThere;
  }

  /** The key of the job at its last known place. */
  get key(): string {
    return this.#at.job(this.id);
  }

  begin(): void {
    const { keys, id } = this;
    const { watcher } = this.deps;
    const { timeout, known } = this.options;
    this.#listen(id, (event) => this.#hear(event));
    if (timeout !== undefined) {
      const late = (): void =>
        this.#reject(new TimeoutError(`job ${id}: not there after ${timeout} ms`));
      const timer = setTimeout(late, timerDelay(timeout));
      this.#cleanUps.push(() => clearTimeout(timer));
    }
    const put = known && watcher.takePut(keys.list('events'), id);
    if (put) {
      this.#known = known;
      this.#isThere = true;
    }
    if (!put || (put.end && !this.#endsBy(put.end))) this.#lookAt(keys);
  }

  giveUp(error: Error): void {
    this.#reject(error);
  }

  end(): void {
    this.#isOver = true;
    for (const cleanUp of this.#cleanUps) cleanUp();
  }

  readonly look = (): void => {
    this.#hasLooked = true;
    const { origins = [] } = this.options;
    this.#ask(() => lookFor(this.deps.client, this.#at, this.id, origins)).then(
      (found) => this.#take(found),
      this.#reject,
    );
  };

  /** Looks after a gap, in which Redis may have lost that it waits for a part of a pack. */
  lookAnew(): void {
    this.#watched.clear();
    this.look();
  }

  #take(found: Found): void {
    if (this.#isOver) return;
    if ('mayCome' in found) {
      if (found.from) this.#followPack(found.from.pack, found.from.keys, ORIGIN_ENDS);
      this.#followOrigins();
    } else if ('never' in found) {
      this.#reject(found.never);
    } else if ('elsewhere' in found) {
      this.#lookAt((this.#at = found.elsewhere));
    } else if (this.condition(found.job)) {
      this.#resolve({ job: found.job, keys: this.#at });
    } else {
      this.#known = found.job;
      this.#isThere = true;
      if (found.job.pack) this.#followPack(found.job.pack, this.#at, this.options.events);
    }
  }

  /** An event of the job itself. */
  #hear(event: JobEvent): void {
    const { name, stream } = event;
    const { events } = this.options;
    this.#isThere = name !== 'removed';
    // A job that was removed may be stored again, or may still come.
    if (!this.#isThere) this.#known = undefined;
    else if (events && !events.has(name)) return;
    if (stream !== this.#at.list('events') || !this.#endsBy(event)) this.look();
  }

  /** Whether the wait ends by an event, without another read of the job. */
  #endsBy(event: JobEvent): boolean {
    const job = this.#known && this.options.after?.(this.#known, event);
    if (!job || !this.condition(job)) return false;
    this.#resolve({ job, keys: this.#at });
    return true;
  }

  #lookAt(lane: LaneKeys): void {
    this.#ask(() => this.deps.watcher.follow(lane.list('events'))).then(this.look, this.#reject);
  }

  /** It looks once more at the end: an origin may have ended before its stream was followed. */
  #followOrigins(): void {
    if (this.#followsOrigins) return;
    this.#followsOrigins = true;
    const { origins = [] } = this.options;
    for (const { id } of origins) {
      this.#listen(id, ({ name }) => {
        if (ORIGIN_ENDS.has(name) || (!this.#isThere && ORIGIN_STORES.has(name))) this.look();
      });
    }
    const streams = origins.map(({ lane, queue }) => this.keys.sibling(lane, queue).list('events'));
    const { watcher } = this.deps;
    this.#ask(() => Promise.all(streams.map((stream) => watcher.follow(stream)))).then(
      this.look,
      this.#reject,
    );
  }

  /**
   * Listens to the pack of the job, or of an origin. It looks once more: an event of the pack may
   * have come before. `events`: as in `WaitFor`.
   */
  #followPack(pack: PackPlace, lane: LaneKeys, events: ReadonlySet<string> | undefined): void {
    const isNew = !this.#heard.has(pack.id);
    if (isNew) {
      this.#heard.add(pack.id);
      this.#listen(pack.id, (event) => {
        if (isAbout(event, pack, events)) this.look();
      });
    }
    if (pack.inOrder && !this.#watched.has(pack.id)) {
      this.#watched.add(pack.id);
      this.#ask(() => watchPack(this.deps.client, lane, pack.id)).then(this.look, this.#reject);
    } else if (isNew) this.look();
  }

  #listen(id: string, listener: (event: JobEvent) => void): void {
    this.#cleanUps.push(this.deps.watcher.listen(id, listener));
  }

  /** Each call waits for Redis as long as the wait goes on, which has its own timeout. */
  #ask<T>(action: () => Promise<T>): Promise<T> {
    return this.deps.availability.call(action, { isOver: () => this.#isOver });
  }
}

/** Whether an event of a pack may change what is known of one of its parts. */
function isAbout(
  { name, fields }: JobEvent,
  { position }: PackPlace,
  events: ReadonlySet<string> | undefined,
): boolean {
  // The next step begins when a step has ended.
  if (name === 'progress') return Number(valueOf(fields, 'data')) >= position - (events ? 0 : 1);
  return name === 'removed' || !events || events.has(name);
}
