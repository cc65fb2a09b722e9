// A queue: where producers put jobs, look for them, and take them back.
import { appendInQueue } from './append-in-queue.js';
import { unlessTask } from '../job/bare-task.js';
import {
  Availability,
  availabilityOf,
  producerSettings,
  type AvailabilityOptions,
} from '../redis/availability.js';
import { byClock, countsFromNow, currentClock } from '../redis/clock.js';
import { connect } from '../redis/connection.js';
import { checkPrefix, redisTarget, type RedisTarget } from '../redis/redis-target.js';
import type { JobOrigin } from '../codec/stored-jobs.js';
import { crashPoint } from '../lib/crash-points.js';
import { endClient } from '../redis/end-client.js';
import { toMaxDataBytes } from '../codec/data-size.js';
import { BadStatusError, InvalidArgumentError } from '../errors.js';
import { jobFromStored, noteRemoved, originOf, renewRemoved, withRevive } from '../task/revive.js';
import { toStoredDefaults, type JobOptions, type StoredJobOptions } from '../model/job-options.js';
import { checkOptions } from '../job/job-calls.js';
import type { JobGateway } from '../job/job-gateway.js';
import { laneOf } from '../job/handle.js';
import { Job } from '../job/job.js';
import { toListing, type ListOptions } from './list-options.js';
import { havePut, puttingAlone, toPut } from './put-job.js';
import {
  checkImmediate,
  QUEUE_OPTIONS,
  type PutJob,
  type PutOptions,
  type QueueOptions,
  type SharedConnection,
} from './queue-options.js';
import type { Placing } from '../job/placing.js';
import { pullJob } from './pull-job.js';
import { Quotas } from './quotas.js';
import { DeadLetters } from './dead-letters.js';
import { checkId, checkName, refuseOddId, SYSTEM_LANE } from '../lib/names.js';
import { currentRun, outsideRun, type LocalContext } from '../model/run-context.js';
import { checkPutInRun, putsOf } from './run-puts.js';
import { isSameTarget } from '../redis/same-target.js';
import { DEFAULT_PREFIX } from '../store/bullmq/keys.js';
import { QueueStore } from '../store/bullmq/queue-store.js';
import { assertBullMqVersion } from '../store/bullmq/version.js';
import type { NewStoredJob } from '../model/records.js';
import type { Task } from '../task/task.js';
import { refuseUnknownOptions } from '../lib/unknown-options.js';
import { toErrorListener } from '../lib/warn.js';

/** Makes a queue on a connection that somebody else ends. For Drover's own packages. */
export let queueOn: (
  name: string,
  options: Required<Pick<QueueOptions, 'prefix' | 'maxDataBytes'>>,
  shared: SharedConnection,
) => Queue;
/** The gateway of a queue's jobs. For Drover's own packages. */
export let gatewayOf: (queue: Queue) => JobGateway;
/** Ends a queue that was made by `queueOn`. For Drover's own packages. */
export let finishQueue: (queue: Queue) => Promise<void>;

export class Queue {
  readonly name: string;
  readonly prefix: string;
  /** Limits on how many jobs of the queue run at the same time (Q5). */
  readonly quotas: Quotas;
  readonly #deadLetters: DeadLetters;
  readonly #store: QueueStore;
  readonly #gateway: JobGateway;
  readonly #target: RedisTarget;
  readonly #end: () => Promise<void>;
  readonly #availability: Required<AvailabilityOptions>;
  /** The queues of jobs that stand in this queue's jobs, by name. */
  readonly #neighbours = new Map<string, Queue>();
  readonly #shared: boolean;
  readonly #defaults: StoredJobOptions | undefined;
  #closing: Promise<void> | undefined;

  static {
    queueOn = (name, { prefix, maxDataBytes }, shared) =>
      new Queue(name, { prefix, maxDataBytes }, shared);
    gatewayOf = (queue) => queue.#gateway;
    finishQueue = (queue) => queue.#finish();
  }

  /**
   * Connects in the background: calls wait until Redis is there.
   * @throws InvalidArgumentError for a bad name or connection; UnsupportedError for another version
   *   of BullMQ.
   */
  constructor(name: string, options: QueueOptions = {}, shared?: SharedConnection) {
    checkName('queue', name);
    checkOptions('a queue', options);
    refuseUnknownOptions('a queue', options, QUEUE_OPTIONS);
    const { connection, prefix = DEFAULT_PREFIX, defaultJobOptions } = options;
    const { immediate: isImmediate = false } = options;
    const tell = toErrorListener(name, options.onError);
    checkImmediate(isImmediate);
    // The connection may have been made for the call of a task, whose run has nothing to do with
    // it.
    const onError = (error: Error): void => outsideRun(() => tell(error));
    const maxDataBytes = toMaxDataBytes(options.maxDataBytes);
    if (defaultJobOptions !== undefined)
      this.#defaults = toStoredDefaults(
        `defaultJobOptions of the queue ${name}`,
        defaultJobOptions,
      );
    assertBullMqVersion();
    this.name = name;
    this.#shared = shared !== undefined;
    this.prefix = prefix;
    const target = shared?.target ?? redisTarget(connection);
    checkPrefix(prefix, target);
    this.#target = target;
    this.#availability = availabilityOf(options);
    const client = shared?.client ?? connect(target, producerSettings(this.#availability), onError);
    this.#end = async () => (shared ? undefined : await endClient(client));
    const availability = new Availability(
      name,
      client,
      target,
      this.#availability,
      shared === undefined,
    );
    this.#store = new QueueStore(client, target, prefix, name, onError, availability);
    this.quotas = new Quotas(name, this.#store.use);
    this.#deadLetters = new DeadLetters(name, this.#store.use);
    this.#gateway = withRevive(
      {
        queueName: name,
        isImmediate,
        maxDataBytes,
        read: (id, lane) => this.#store.read(id, lane),
        annotate: (id, lane, name, json) => this.#store.annotate(id, lane, name, json),
        waitForResult: (id, lane, timeout, origins) =>
          this.#store.waitForResult(id, lane, timeout, origins),
        updateArgs: (id, lane, args) => this.#store.updateArgs(id, lane, args),
        addCallback: (id, lane, callback, origins, token) =>
          this.#store.addCallback(id, lane, callback, origins, token),
        retry: (id, lane, options) => this.#store.retry(id, lane, options),
        cancel: (id, task, lane, failure) => this.#store.cancel(id, task, lane, failure),
        waitFor: (id, lane, condition, timeout, origins) =>
          this.#store.waitFor(id, lane, condition, { timeout, origins }),
        append: async (joining, jobs) => {
          this.#checkOpen();
          return await puttingAlone(jobs, async (placing) => {
            const stored = await this.#toStored(jobs, {}, placing, originOf(joining));
            return await appendInQueue({
              store: this.#store,
              gateway: this.#gateway,
              joining,
              jobs,
              stored,
            });
          });
        },
      },
      (queue) => this.#neighbour(queue, { target, client }).#gateway,
    );
  }

  /**
   * Puts a new job, which is then pending (Q1); of a task without arguments, the task itself
   * serves. Repeating a put whose reply was lost does nothing twice. Inside a running task the job
   * is part of the task's, and new until that commits (J6): see `immediate`.
   * @returns the job
   * @throws BadStatusError if it was put before, or if the task that puts it has ended;
   *   SerializationError for arguments that cannot be stored; DataTooLargeError for those over
   *   `maxDataBytes`; InvalidArgumentError for anything that is not a job, or a bad option;
   *   UnknownQuotaError for a quota that is not there; UnavailableError where Redis is not
   *   available: see `whenUnavailable`, which holds for all calls; UnsupportedError where Redis
   *   refuses the connection, such as its password.
   */
  async put<J extends Job<unknown, []>>(job: J, options?: PutOptions): Promise<J>;
  async put<R>(task: Task<[], R>, options?: PutOptions): Promise<Job<R>>;
  async put(what: Job | Task<[]>, options: PutOptions = {}): Promise<Job> {
    const [job] = await this.putAll([what], options);
    return job as Job;
  }

  /**
   * Puts new jobs in that order, in one round trip per thousand. If one of them cannot be put, none
   * is, as far as one round trip goes.
   */
  async putAll<P extends Job<unknown, []> | Task<[], unknown>>(
    what: readonly P[],
    options: PutOptions = {},
  ): Promise<PutJob<P>[]> {
    this.#checkOpen();
    if (!Array.isArray(what)) throw new InvalidArgumentError('putAll takes an array of jobs');
    checkOptions('put', options);
    // With its holes, which are no jobs.
    const jobs = Array.from<unknown>(what).map(unlessTask) as Job[];
    if (new Set(jobs).size < jobs.length)
      throw new BadStatusError('a job can be put once, but one is there twice');
    const { isImmediate } = this.#gateway;
    const { immediate = isImmediate, ...jobOptions } = options;
    checkImmediate(immediate);
    if (isImmediate && !immediate)
      throw new InvalidArgumentError(
        `the queue ${this.name} is immediate: what it puts cannot be part of a task's run`,
      );
    return await puttingAlone(jobs, async (placing) => {
      jobs.forEach(renewRemoved);
      const run = immediate ? undefined : currentRun();
      const stored = await this.#toStored(jobs, jobOptions, placing, run && originOf(run.job));
      if (run) return this.#putInRun(run, jobs, stored) as PutJob<P>[];
      await this.#putNow(jobs, stored);
      return jobs as PutJob<P>[];
    });
  }

  async #putNow(jobs: readonly Job[], stored: readonly NewStoredJob[]): Promise<void> {
    crashPoint('put.before');
    const elsewhere = await this.#store.put(stored);
    crashPoint('put.after');
    await havePut(jobs, stored, this.#gateway, elsewhere);
  }

  /** What is stored of jobs, all of which can be put. */
  async #toStored(
    jobs: readonly Job[],
    options: JobOptions,
    placing: Placing,
    origin?: JobOrigin,
  ): Promise<NewStoredJob[]> {
    const isRelative =
      countsFromNow() || (typeof options.beginAfter === 'number' && options.beginAfter > 0);
    const clock = isRelative ? await this.#store.clock() : currentClock();
    const putting = { gateway: this.#gateway, defaults: this.#defaults, origin, placing };
    const stored = byClock(clock, () => toPut(jobs, options, putting));
    const quotas = stored.flatMap(({ options: { quotas: names } }) => names ?? []);
    if (quotas.length > 0) await this.quotas.check(quotas);
    return stored;
  }

  #putInRun(run: LocalContext, jobs: readonly Job[], stored: readonly NewStoredJob[]): Job[] {
    const isBeside =
      run.queue.prefix === this.prefix && isSameTarget(run.queue.#target, this.#target);
    checkPutInRun(run, this.name, isBeside);
    const puts = putsOf(run);
    const place = { gateway: this.#gateway, origin: originOf(run.job) };
    for (const [i, job] of jobs.entries()) puts.add(job, place, stored[i] as NewStoredJob);
    return [...jobs];
  }

  /**
   * The job with that id, in whatever status; undefined where there is none.
   * @throws InvalidArgumentError where `id` is none, such as a part of one or one in capitals
   */
  async get(id: string): Promise<Job | undefined> {
    this.#checkOpen();
    checkId(id);
    const stored = await this.#store.find(id);
    if (!stored) refuseOddId(id);
    return stored && jobFromStored(stored, this.#gateway);
  }

  /** How many jobs are pending, due or not; handleInterrupt jobs count (I8). */
  async length(): Promise<number> {
    this.#checkOpen();
    return await this.#store.length();
  }

  /**
   * Jobs of the queue, handleInterrupt jobs first (I8), then the lanes one after another: `main`,
   * the others by name. Within a lane they stand in the order in which they run; completed ones
   * newest first.
   */
  async jobs(options: ListOptions = {}): Promise<Job[]> {
    this.#checkOpen();
    const { start, count, lane, ...filter } = toListing(options);
    const stored = await this.#store.list(filter, start, count, { lane });
    return stored.map((job) => jobFromStored(job, this.#gateway));
  }

  /**
   * Takes the job at that position out of the queue (Q3), in the order of `jobs`; no
   * handleInterrupt job is counted.
   * @param index from 0; below 0 it counts from the end: -1 is the last one
   * @returns the job, which is no longer stored and can be put again (Q1); undefined where the
   *   queue is shorter
   */
  async pull(index = 0): Promise<Job | undefined> {
    this.#checkOpen();
    return await pullJob(this.#store, this.#gateway, index);
  }

  /**
   * Takes a pending job out of the queue, with all that is stored of it (Q3); of a composite that
   * is its parts too. What waits for the job, such as the composite that it is a part of, goes on:
   * there it counts as failed, with a RemovedError.
   * @throws BadStatusError where it is not pending: nothing is changed.
   */
  async remove(job: Job | string): Promise<void> {
    const id = job instanceof Job ? job.id : job;
    const found = await this.get(id);
    if (found && laneOf(found) === SYSTEM_LANE) {
      throw new BadStatusError(
        `job ${found.id} decides about an interrupted job: it cannot be removed`,
      );
    }
    const removal = found ? await this.#store.remove(found.id, laneOf(found)) : 'unknown';
    if (found && typeof removal === 'object') {
      if (job instanceof Job) noteRemoved(job, found, removal);
      return;
    }
    if (removal === 'unknown')
      throw new BadStatusError(`job ${id} is not in the queue ${this.name}`);
    await found?.refresh();
    throw new BadStatusError(`job ${id} is ${found?.status}: only a pending job can be removed`);
  }

  /**
   * Jobs that cannot be run, since what is stored of them is damaged or not Drover's (B1): to list,
   * retry and drop.
   */
  deadLetters(): DeadLetters {
    this.#checkOpen();
    return this.#deadLetters;
  }

  /**
   * Ends the connections of this queue; not those of a dispatcher, where it is a task's
   * `local.getQueue()`. Each call under way rejects at
   * once with a BadStatusError, which says whether it may have been done. When it resolves, nothing
   * of the queue keeps the process alive,
   * also where Redis is away.
   */
  async close(): Promise<void> {
    if (this.#shared) return;
    await this.#finish();
  }

  /** Closes the queue: `await using queue = new Queue('images')`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #finish(): Promise<void> {
    this.#closing ??= this.#endAll();
    await this.#closing;
  }

  async #endAll(): Promise<void> {
    const neighbours = [...this.#neighbours.values()].map((neighbour) => neighbour.#finish());
    await Promise.all([...neighbours, this.#store.close(), this.#end()]);
  }

  #neighbour(name: string, shared: SharedConnection): Queue {
    const { maxDataBytes, isImmediate: immediate } = this.#gateway;
    const queue =
      this.#neighbours.get(name) ??
      new Queue(
        name,
        { prefix: this.prefix, maxDataBytes, immediate, ...this.#availability },
        shared,
      );
    this.#neighbours.set(name, queue);
    return queue;
  }

  #checkOpen(): void {
    if (this.#closing)
      throw new BadStatusError(`the queue ${this.name} was closed: make a new one`);
  }
}
