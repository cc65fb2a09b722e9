// A queue: where producers put jobs, look for them, and take them back.
import {
  Availability,
  availabilityOf,
  producerSettings,
  type AvailabilityOptions,
} from '../redis/availability.js';
import { connect } from '../redis/connection.js';
import { endClient } from '../redis/end-client.js';
import { checkPrefix, redisTarget } from '../redis/redis-target.js';
import { toMaxDataBytes } from '../codec/data-size.js';
import { BadStatusError } from '../errors.js';
import { checkId, checkName, refuseOddId } from '../lib/names.js';
import { checkOptions, refuseUnknownOptions } from '../lib/unknown-options.js';
import { toErrorListener } from '../lib/warn.js';
import { toStoredDefaults } from '../model/job-options.js';
import { DEFAULT_PREFIX } from '../store/bullmq/keys.js';
import { QueueStore } from '../store/bullmq/queue-store.js';
import { assertBullMqVersion } from '../store/bullmq/version.js';
import type { Job } from '../job/job.js';
import { outsideRun } from '../job/run-context.js';
import { jobFromStored } from '../task/revive.js';
import type { Task } from '../task/task-types.js';
import { DeadLetters } from './dead-letters.js';
import { toListing, type ListOptions } from './list-options.js';
import { pullJob } from './pull-job.js';
import { putJobs } from './put-job.js';
import { makeGateway } from './queue-gateway.js';
import {
  checkImmediate,
  QUEUE_OPTIONS,
  type PutJob,
  type PutOptions,
  type QueueOptions,
  type SharedConnection,
} from './queue-options.js';
import { queueParts, type QueueParts } from './queue-parts.js';
import { Quotas } from './quotas.js';
import { removeJob } from './remove-job.js';

/** Makes a queue on a connection that somebody else ends. */
export function queueOn(
  name: string,
  { prefix, maxDataBytes }: Required<Pick<QueueOptions, 'prefix' | 'maxDataBytes'>>,
  shared: SharedConnection,
): Queue {
  return new Queue(name, { prefix, maxDataBytes }, shared);
}

export class Queue {
  readonly name: string;
  readonly prefix: string;
  /** Limits on how many jobs of the queue run at the same time (Q5). */
  readonly quotas: Quotas;
  readonly #deadLetters: DeadLetters;
  readonly #parts: QueueParts;
  readonly #end: () => Promise<void>;
  readonly #availability: Required<AvailabilityOptions>;
  /** The queues of jobs that stand in this queue's jobs, by name. */
  readonly #neighbours = new Map<string, Queue>();
  readonly #isShared: boolean;
  #closing: Promise<void> | undefined;

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
    // A task may have made the connection in its run: its errors belong to no run.
    const onError = (error: Error): void => outsideRun(() => tell(error));
    const maxDataBytes = toMaxDataBytes(options.maxDataBytes);
    const defaults =
      defaultJobOptions === undefined
        ? undefined
        : toStoredDefaults(`defaultJobOptions of the queue ${name}`, defaultJobOptions);
    assertBullMqVersion();
    const target = shared?.target ?? redisTarget(connection);
    checkPrefix(prefix, target);
    this.name = name;
    this.prefix = prefix;
    this.#isShared = shared !== undefined;
    this.#availability = availabilityOf(options);
    const client = shared?.client ?? connect(target, producerSettings(this.#availability), onError);
    this.#end = async () => (shared ? undefined : await endClient(client));
    const isOwn = shared === undefined;
    const availability = new Availability(name, client, target, this.#availability, isOwn);
    const store = new QueueStore(client, target, prefix, name, onError, availability);
    this.quotas = new Quotas(name, store.use);
    this.#deadLetters = new DeadLetters(name, store.use);
    const gateway = makeGateway({
      limits: { queueName: name, isImmediate, maxDataBytes },
      parts: () => this.#openParts(),
      store,
      gatewayFor: (queue) => this.#neighbour(queue, { target, client }).#parts.gateway,
    });
    const finish = (): Promise<void> => this.#finish();
    const { quotas } = this;
    this.#parts = { name, prefix, target, store, gateway, defaults, quotas, finish };
  }

  get [queueParts](): QueueParts {
    return this.#parts;
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
    return (await putJobs(this.#openParts(), what, options)) as PutJob<P>[];
  }

  /**
   * The job with that id, in whatever status; undefined where there is none.
   * @throws InvalidArgumentError where `id` is none, such as a part of one or one in capitals
   */
  async get(id: string): Promise<Job | undefined> {
    const { store, gateway } = this.#openParts();
    checkId(id);
    const stored = await store.find(id);
    if (!stored) refuseOddId(id);
    return stored && jobFromStored(stored, gateway);
  }

  /** How many jobs are pending, due or not; handleInterrupt jobs count (I8). */
  async length(): Promise<number> {
    return await this.#openParts().store.length();
  }

  /**
   * Jobs of the queue, handleInterrupt jobs first (I8), then the lanes one after another: `main`,
   * the others by name. Within a lane they stand in the order in which they run; completed ones
   * newest first.
   */
  async jobs(options: ListOptions = {}): Promise<Job[]> {
    const { store, gateway } = this.#openParts();
    const { start, count, lane, ...filter } = toListing(options);
    const stored = await store.list(filter, start, count, { lane });
    return stored.map((job) => jobFromStored(job, gateway));
  }

  /**
   * Takes the job at that position out of the queue (Q3), in the order of `jobs`; no
   * handleInterrupt job is counted.
   * @param index from 0; below 0 it counts from the end: -1 is the last one
   * @returns the job, which is no longer stored and can be put again (Q1); undefined where the
   *   queue is shorter
   */
  async pull(index = 0): Promise<Job | undefined> {
    const { store, gateway } = this.#openParts();
    return await pullJob(store, gateway, index);
  }

  /**
   * Takes a pending job out of the queue, with all that is stored of it (Q3); of a composite that
   * is its parts too. What waits for the job, such as the composite that it is a part of, goes on:
   * there it counts as failed, with a RemovedError.
   * @throws BadStatusError where it is not pending: nothing is changed.
   */
  async remove(job: Job | string): Promise<void> {
    await removeJob(this.#openParts(), job, (id) => this.get(id));
  }

  /**
   * Jobs that cannot be run, since what is stored of them is damaged or not Drover's (B1): to list,
   * retry and drop.
   */
  deadLetters(): DeadLetters {
    this.#openParts();
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
    if (this.#isShared) return;
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
    await Promise.all([...neighbours, this.#parts.store.close(), this.#end()]);
  }

  #neighbour(name: string, shared: SharedConnection): Queue {
    const { maxDataBytes, isImmediate: immediate } = this.#parts.gateway;
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

  /** @throws BadStatusError where the queue was closed */
  #openParts(): QueueParts {
    if (this.#closing)
      throw new BadStatusError(`the queue ${this.name} was closed: make a new one`);
    return this.#parts;
  }
}
