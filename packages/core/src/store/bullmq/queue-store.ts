// A queue as producers see it: all of its lanes, with waiting for results.
import type { Availability, CallOptions } from '../../redis/availability.js';
import { clockOf, measureClock, type RedisClock } from '../../redis/clock.js';
import { connect, clientSettings, type RedisClient } from '../../redis/connection.js';
import type { RedisTarget } from '../../redis/redis-target.js';
import { BadStatusError } from '../../errors.js';
import type { StoredJobOptions } from '../../model/job-options.js';
import { MAIN_LANE, SYSTEM_LANE } from '../../lib/names.js';
import { uuidv4 } from '../../lib/uuid.js';
import type { Failure } from '../../codec/failure.js';
import { laneOf } from '../../job/handle.js';
import type { Job } from '../../job/job.js';
import type { NewJobData } from '../../codec/stored-jobs.js';
import type {
  CallbackAddition,
  Cancellation,
  NewStoredJob,
  OriginLocation,
  Retrial,
  StoredJob,
  Update,
} from '../../model/records.js';
import { appendBefore, mayAppend } from './put/append.js';
import { addCallback } from './run/callbacks.js';
import { cancelJob } from './children/cancel.js';
import { orUndefined } from './damaged.js';
import { EventWatcher } from './event-watcher.js';
import { noteDeadlines } from './put/deadlines.js';
import { JobWaits, type WaitFor } from './job-waits.js';
import { LaneKeys } from './keys.js';
import { lanesOf } from './put/lanes.js';
import { countPending, listJobs, type ListFilter } from './read/list.js';
import { notPutBefore, putJobs } from './put/put.js';
import { laneOf as laneOfKey, whereItIs } from './put/put-at.js';
import { findJob, readJob } from './read/read.js';
import { annotateStored } from './run/run-notes.js';
import { retryJob } from './run/retry.js';
import { CHUNK, runScript } from './scripts/run-script.js';

/** What removing a job came to. */
export type Removal = Removed | 'not pending' | 'unknown';

/** A job was removed: with it can be put again what it had. */
export interface Removed {
  /** Those that it had, for its handle. */
  callbacks: NewJobData[];
  /** The call that pulled it; empty where it was removed. */
  pulledBy: string;
}

/** The events of a job's end. */
const ENDS: ReadonlySet<string> = new Set(['completed', 'failed']);

/** A queue as a whole: its connection, and the keys of its main lane. */
export interface QueueDeps {
  client: RedisClient;
  keys: LaneKeys;
}

/**
 * Calls `action` with the queue's place, again where Redis is not available for a while.
 * `isRepeated`: an attempt before may have been done, and its reply lost.
 */
export type UseStore = <T>(
  action: (place: QueueDeps, isRepeated: boolean) => Promise<T>,
) => Promise<T>;

export class QueueStore {
  readonly #waits: JobWaits;
  #closed = false;

  constructor(
    private readonly client: RedisClient,
    private readonly server: RedisTarget,
    private readonly prefix: string,
    private readonly queue: string,
    private readonly onError: (error: Error) => void,
    private readonly availability: Availability,
  ) {
    this.#waits = new JobWaits({
      client,
      availability,
      startWatcher: (onGap) => this.#startWatcher(onGap),
    });
  }

  /** For what is the whole queue's. It must bear to be repeated. */
  readonly use: UseStore = (action) =>
    this.#ask((isRepeated) =>
      action({ client: this.client, keys: this.#keys(MAIN_LANE) }, isRepeated),
    );

  /** The clock of the server, measured within the last minute. */
  async clock(): Promise<RedisClock> {
    const clock = clockOf(this.client);
    return clock.isFresh ? clock : await this.#ask(() => measureClock(this.client));
  }

  /** @returns the places, by id, of those that another holder has put elsewhere (J12) */
  async put(jobs: readonly NewStoredJob[]): Promise<ReadonlyMap<string, LaneKeys>> {
    const lanes = [...new Set(jobs.map((job) => job.lane))];
    const inSteps = lanes.length > 1 || jobs.length > CHUNK;
    return await this.#ask((isRepeated) => this.#put(jobs, lanes, isRepeated), { inSteps });
  }

  async #put(
    jobs: readonly NewStoredJob[],
    lanes: readonly string[],
    isRepeated: boolean,
  ): Promise<ReadonlyMap<string, LaneKeys>> {
    const elsewhere = new Map<string, LaneKeys>();
    await noteDeadlines(this.client, this.#keys(MAIN_LANE), jobs);
    for (const lane of lanes) {
      const keys = this.#keys(lane);
      const ofLane = lanes.length === 1 ? jobs : jobs.filter((job) => job.lane === lane);
      const left = isRepeated ? await notPutBefore(this.client, keys, ofLane) : ofLane;
      if (left.length === 0) continue;
      for (const key of await putJobs(this.client, keys, left))
        elsewhere.set(key.slice(key.lastIndexOf(':') + 1), laneOfKey(keys, key));
    }
    return elsewhere;
  }

  async read(id: string, lane: string): Promise<StoredJob | undefined> {
    return await this.#whereItIs(id, lane, async (keys) => {
      const job = await readJob(this.client, keys, id);
      return job && this.#asFound(job, keys);
    });
  }

  /** @throws BadStatusError where there is no such job */
  async annotate(id: string, lane: string, name: string, json: string): Promise<void> {
    const annotate = (keys: LaneKeys) => annotateStored(this.client, keys, id, name, json);
    if (!(await this.#whereItIs(id, lane, annotate)))
      throw new BadStatusError(`job ${id} is not stored: it was removed`);
  }

  keyOf(job: Job): string {
    return this.#keys(laneOf(job)).job(job.id);
  }

  /**
   * Appends jobs to one that has not started (C4). False: it has; undefined: it is not stored in
   * its lane.
   */
  async append(joining: Job, jobs: readonly NewStoredJob[]): Promise<boolean | undefined> {
    return await this.#ask(() =>
      appendBefore(this.client, this.#keys(laneOf(joining)), joining.id, jobs),
    );
  }

  /** Whether a job that runs in `queue` may append to the job with that key (C4). */
  async mayAppend(appender: Job, queue: string, key: string): Promise<boolean> {
    const { client, prefix } = this;
    const appenderKey = new LaneKeys(prefix, queue, laneOf(appender)).job(appender.id);
    return await this.#ask(() => mayAppend(client, appenderKey, key));
  }

  /** Finds a job in whichever lane it is. */
  async find(id: string): Promise<StoredJob | undefined> {
    return await this.use(({ client, keys }) => findJob(client, keys, id));
  }

  /** How many jobs are pending; those of recovery are counted, or not. */
  async length(withSystem = true): Promise<number> {
    const counts = await this.#ask(async () => {
      const lanes = (await this.#lanes()).filter((lane) => withSystem || lane !== SYSTEM_LANE);
      return await Promise.all(lanes.map((lane) => countPending(this.client, this.#keys(lane))));
    });
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /**
   * The jobs from position `start` on, up to `count`, lane after lane; recovery stands before all
   * else (I8), or is left out.
   */
  async list(
    filter: ListFilter,
    start: number,
    count: number,
    { lane, withSystem = true }: { lane?: string | undefined; withSystem?: boolean },
  ): Promise<StoredJob[]> {
    return await this.#ask(async () => {
      const all = lane === undefined ? await this.#lanes() : [lane];
      const lanes = withSystem ? all : all.filter((one) => one !== SYSTEM_LANE);
      return await listJobs(
        this.client,
        lanes.map((lane) => this.#keys(lane)),
        filter,
        start,
        count,
      );
    });
  }

  async addCallback(
    id: string,
    lane: string,
    callback: NewStoredJob,
    origins: readonly OriginLocation[],
    token?: string,
  ): Promise<CallbackAddition> {
    return await this.#ask(async () => {
      const originKeys = origins.map((origin) =>
        new LaneKeys(this.prefix, origin.queue, origin.lane).job(origin.id),
      );
      return await addCallback(this.client, this.#keys(lane), id, callback, originKeys, token);
    });
  }

  /** Cancels a job, and all that is below it. */
  async cancel(id: string, task: string, lane: string, failure: Failure): Promise<Cancellation> {
    const cancel = async (
      keys: LaneKeys,
      isRepeated: boolean,
    ): Promise<Cancellation | undefined> => {
      const done = await cancelJob(this.client, keys, { id, task }, failure, isRepeated);
      return done === 'no such job' ? undefined : done;
    };
    return (await this.#whereItIs(id, lane, cancel, { inSteps: true })) ?? 'no such job';
  }

  /** Lets a failed job run again. */
  async retry(id: string, lane: string, options: StoredJobOptions): Promise<Retrial> {
    const call = uuidv4();
    const retry = async (keys: LaneKeys): Promise<Retrial | undefined> => {
      const done = await retryJob(this.client, keys, id, options, call);
      return done === 'no such job' ? undefined : done;
    };
    return (await this.#whereItIs(id, lane, retry)) ?? 'no such job';
  }

  /**
   * Removes a pending job. What is gone after a reply that was lost is what this call removed, or
   * what another one did: both will do.
   */
  async remove(id: string, lane: string): Promise<Removal> {
    return await this.#ask(async (isRepeated) => {
      const removal = await this.#remove(id, lane);
      return removal === 'unknown' && isRepeated ? { callbacks: [], pulledBy: '' } : removal;
    });
  }

  /** Removes a pending job for one caller alone. */
  async pull(id: string, lane: string): Promise<Removal> {
    const call = uuidv4();
    return await this.#ask(() => this.#remove(id, lane, call));
  }

  async #remove(id: string, lane: string, call = ''): Promise<Removal> {
    const keys = this.#keys(lane);
    const args = [id, keys.base, call];
    const reply = await runScript(this.client, 'removePending', [keys.job(id)], args);
    if (typeof reply === 'string')
      return {
        callbacks: orUndefined(() => JSON.parse(reply) as NewJobData[]) ?? [],
        pulledBy: call,
      };
    return reply === 0 ? 'not pending' : 'unknown';
  }

  /** Changes the arguments of a job that was never claimed. */
  async updateArgs(id: string, lane: string, args: string): Promise<Update> {
    const update = async (keys: LaneKeys): Promise<Update | undefined> => {
      const reply = await runScript(
        this.client,
        'updateArgs',
        [keys.job(id), keys.lock(id)],
        [args],
      );
      return reply === 1 ? 'updated' : reply === 0 ? 'not pending' : undefined;
    };
    return (await this.#whereItIs(id, lane, update)) ?? 'unknown';
  }

  /**
   * Resolves with the job when it has completed, however long ago. @throws as `JobWaits.waitFor`
   */
  async waitForResult(
    id: string,
    lane: string,
    timeout: number | undefined,
    origins: readonly OriginLocation[],
  ): Promise<StoredJob> {
    return await this.waitFor(id, lane, (job) => job.state === 'finished', {
      timeout,
      events: ENDS,
      origins,
    });
  }

  /** Resolves with the job when `condition` holds. @throws as `JobWaits.waitFor` */
  async waitFor(
    id: string,
    lane: string,
    condition: (job: StoredJob) => boolean,
    options: WaitFor = {},
  ): Promise<StoredJob> {
    this.#checkOpen();
    const { job, keys } = await this.#waits.waitFor(this.#keys(lane), id, condition, options);
    return this.#asFound(job, keys);
  }

  /** Resolves when its own connection has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.availability.end();
    await this.#waits.close(new BadStatusError(`the queue ${this.queue} was closed meanwhile`));
  }

  #ask<T>(action: (isRepeated: boolean) => Promise<T>, options?: CallOptions): Promise<T> {
    this.#checkOpen();
    return this.availability.call(action, options);
  }

  /**
   * Does something with a stored job, where it is: `act` answers undefined where there is no such
   * job.
   */
  async #whereItIs<T>(
    id: string,
    lane: string,
    act: (keys: LaneKeys, isRepeated: boolean) => Promise<T | undefined>,
    options?: CallOptions,
  ): Promise<T | undefined> {
    const keys = this.#keys(lane);
    return await this.#ask(
      (isRepeated) => whereItIs(this.client, keys, id, (at) => act(at, isRepeated)),
      options,
    );
  }

  /** A job that was read in the lane of `keys`. */
  #asFound(job: StoredJob, { queue }: LaneKeys): StoredJob {
    return queue === this.queue ? job : { ...job, queue };
  }

  #checkOpen(): void {
    if (this.#closed)
      throw new BadStatusError(`the queue ${this.queue} was closed: make a new one`);
  }

  #startWatcher(onGap: () => void): EventWatcher {
    // A read that is cut off is made anew, by a connection whose number is known.
    const client = connect(this.server, clientSettings.blocking, this.onError);
    return new EventWatcher(client, this.client, onGap);
  }

  async #lanes(): Promise<string[]> {
    return await lanesOf(this.client, this.prefix, this.queue);
  }

  #keys(lane: string): LaneKeys {
    return new LaneKeys(this.prefix, this.queue, lane);
  }
}
