// Changes and awaits the jobs of a queue, in all of its lanes.
import type { Availability } from '../../redis/availability.js';
import { connect, clientSettings, type RedisClient } from '../../redis/connection.js';
import type { RedisTarget } from '../../redis/redis-target.js';
import { BadStatusError } from '../../errors.js';
import type { StoredJobOptions } from '../../model/job-options.js';
import type { StoredUpdate, Update } from '../../model/job-update.js';
import { MAIN_LANE } from '../../lib/names.js';
import { uuidv4 } from '../../lib/uuid.js';
import type { Failure } from '../../codec/failure.js';
import type {
  CallbackAddition,
  Cancellation,
  NewStoredJob,
  OriginLocation,
  PutInstead,
  Removal,
  Retrial,
  StoredJob,
} from '../../model/records.js';
import { appendBefore, mayAppend } from './put/append.js';
import { addCallback } from './run/callbacks.js';
import { cancelJob } from './children/cancel.js';
import { EventWatcher } from './event-watcher.js';
import type { WaitFor } from './job-wait.js';
import { JobWaits } from './job-waits.js';
import { LaneKeys } from './keys.js';
import { removePending } from './put/pending.js';
import { chunkOf, putCallOf, putIntoLanes } from './put/put.js';
import { updateJob } from './put/update.js';
import { QueueReader } from './queue-reader.js';
import { endedByEvent } from './read/ended-by-event.js';
import { annotateStored } from './run/annotate.js';
import { retryJob } from './run/retry.js';

/** A job of this queue. */
interface InLane {
  id: string;
  lane: string;
}

/** The events of a job's end. */
const ENDS: ReadonlySet<string> = new Set(['completed', 'failed']);

export class QueueStore extends QueueReader {
  readonly #waits: JobWaits;

  constructor(
    client: RedisClient,
    private readonly server: RedisTarget,
    prefix: string,
    queue: string,
    private readonly onError: (error: Error) => void,
    availability: Availability,
  ) {
    super(client, prefix, queue, availability);
    this.#waits = new JobWaits({
      client,
      availability,
      startWatcher: (onGap) => this.#startWatcher(onGap),
    });
  }

  /** @returns by the ids of jobs that are not stored: those in their places */
  async put(jobs: readonly NewStoredJob[]): Promise<ReadonlyMap<string, PutInstead>> {
    const inSteps = jobs.length > chunkOf(jobs) || jobs.some(({ lane }) => lane !== jobs[0]?.lane);
    const main = this.keysOf(MAIN_LANE);
    this.#waits.expect(main, jobs);
    const call = putCallOf(jobs);
    const put = (isRepeated: boolean) => putIntoLanes(this.client, main, jobs, call, isRepeated);
    return await this.ask(put, { inSteps });
  }

  /** @throws BadStatusError where there is no such job */
  async annotate(id: string, lane: string, name: string, json: string): Promise<void> {
    const annotate = (keys: LaneKeys) => annotateStored(this.client, keys, id, name, json);
    if (!(await this.askWhereItIs(id, lane, annotate)))
      throw new BadStatusError(`job ${id} is not stored: it was removed`);
  }

  /** The key of a job of this queue. */
  keyOf({ id, lane }: InLane): string {
    return this.keysOf(lane).job(id);
  }

  /**
   * Appends jobs to one that has not started (C4). False: it has started, or has ended; undefined:
   * it is not stored in its lane.
   */
  async append({ id, lane }: InLane, jobs: readonly NewStoredJob[]): Promise<boolean | undefined> {
    return await this.ask(() => appendBefore(this.client, this.keysOf(lane), id, jobs));
  }

  /** Whether a running job may append to the job with this key (C4). */
  async mayAppend({ id, lane, queue }: OriginLocation, key: string): Promise<boolean> {
    const appenderKey = new LaneKeys(this.prefix, queue, lane).job(id);
    return await this.ask(() => mayAppend(this.client, appenderKey, key));
  }

  async addCallback(
    id: string,
    lane: string,
    callback: NewStoredJob,
    origins: readonly OriginLocation[],
    token?: string,
  ): Promise<CallbackAddition> {
    const originKeys = origins.map((origin) =>
      new LaneKeys(this.prefix, origin.queue, origin.lane).job(origin.id),
    );
    return await this.ask(() =>
      addCallback(this.client, this.keysOf(lane), id, callback, originKeys, token),
    );
  }

  /** Cancels a job with its children at any depth. */
  async cancel(id: string, task: string, lane: string, failure: Failure): Promise<Cancellation> {
    const cancel = async (
      keys: LaneKeys,
      isRepeated: boolean,
    ): Promise<Cancellation | undefined> => {
      const done = await cancelJob(this.client, keys, { id, task }, failure, isRepeated);
      return done === 'no such job' ? undefined : done;
    };
    return (await this.askWhereItIs(id, lane, cancel, { inSteps: true })) ?? 'no such job';
  }

  /** Lets a failed job run again. */
  async retry(id: string, lane: string, options: StoredJobOptions): Promise<Retrial> {
    const call = uuidv4();
    const retry = async (keys: LaneKeys): Promise<Retrial | undefined> => {
      const done = await retryJob(this.client, keys, id, options, call);
      return done === 'no such job' ? undefined : done;
    };
    return (await this.askWhereItIs(id, lane, retry)) ?? 'no such job';
  }

  /**
   * Removes a pending job. A job that is gone when the call is repeated after a lost reply counts
   * as removed by this call, whichever process removed it.
   */
  async remove(id: string, lane: string): Promise<Removal> {
    return await this.ask(async (isRepeated) => {
      const removal = await removePending(this.client, this.keysOf(lane), id);
      return removal === 'unknown' && isRepeated ? { callbacks: [], pulledBy: '' } : removal;
    });
  }

  /** Removes a pending job. Of several calls at the same time, one gets the job. */
  async pull(id: string, lane: string): Promise<Removal> {
    const call = uuidv4();
    return await this.ask(() => removePending(this.client, this.keysOf(lane), id, call));
  }

  /** Changes a job that is pending, or whose turn has not come. */
  async update(
    id: string,
    lane: string,
    change: StoredUpdate,
    known: StoredJobOptions,
  ): Promise<Update> {
    const call = uuidv4();
    const update = (keys: LaneKeys) => updateJob(this.client, keys, id, change, known, call);
    return (await this.askWhereItIs(id, lane, update)) ?? 'unknown';
  }

  /**
   * Resolves with the job when it has completed, however long ago. @throws as `JobWaits.waitFor`
   */
  async waitForResult(
    id: string,
    lane: string,
    timeout: number | undefined,
    origins: readonly OriginLocation[],
    known?: StoredJob,
  ): Promise<StoredJob> {
    const options = { timeout, events: ENDS, after: endedByEvent, known, origins };
    return await this.waitFor(id, lane, (job) => job.state === 'finished', options);
  }

  /** Resolves with the job when `condition` holds. @throws as `JobWaits.waitFor` */
  async waitFor(
    id: string,
    lane: string,
    condition: (job: StoredJob) => boolean,
    options: WaitFor = {},
  ): Promise<StoredJob> {
    this.checkOpen();
    const { job, keys } = await this.#waits.waitFor(this.keysOf(lane), id, condition, options);
    return this.asFound(job, keys);
  }

  /** Calls under way give up. Resolves when the connection for events has ended. */
  async close(): Promise<void> {
    this.end();
    await this.#waits.close(new BadStatusError(`the queue ${this.queue} was closed meanwhile`));
  }

  #startWatcher(onGap: () => void): EventWatcher {
    const client = connect(this.server, clientSettings.blocking, this.onError);
    return new EventWatcher(client, this.client, onGap);
  }
}
