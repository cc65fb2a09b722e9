// A queue: producers put jobs into it, look for them, and remove them.
import {
  Availability,
  availabilityOf,
  producerSettings,
  type AvailabilityOptions,
} from '../redis/availability.js';
import { connect } from '../redis/connection.js';
import { endClient } from '../redis/end-client.js';
import { BadStatusError } from '../errors.js';
import { checkId, checkName, refuseOddId } from '../lib/names.js';
import { checkOptions, refuseUnknownOptions } from '../lib/unknown-options.js';
import { toErrorListener } from '../lib/warn.js';
import { toStoredDefaults } from '../model/job-options.js';
import { QueueStore } from '../store/bullmq/queue-store.js';
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
  toStoreOptions,
  type PutJob,
  type PutOptions,
  type QueueOptions,
  type SharedConnection,
} from './queue-options.js';
import { queueParts, type QueueParts } from './queue-parts.js';
import { Quotas } from './quotas.js';
import { removeJob } from './remove-job.js';

export class Queue {
  readonly name: string;
  readonly prefix: string;
  /** Limits on how many jobs of the queue run at the same time (Q5). */
  readonly quotas: Quotas;
  readonly #deadLetters: DeadLetters;
  readonly #parts: QueueParts;
  readonly #end: () => Promise<void>;
  readonly #availability: Required<AvailabilityOptions>;
  /** By name: the queues of jobs that are referred to in jobs of this queue. */
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
    const { defaultJobOptions, immediate: isImmediate = false } = options;
    const tell = toErrorListener(name, options.onError);
    checkImmediate(isImmediate);
    // A task may have made the connection in its run: its errors belong to no run.
    const onError = (error: Error): void => outsideRun(() => tell(error));
    const defaults =
      defaultJobOptions === undefined
        ? undefined
        : toStoredDefaults(`defaultJobOptions of the queue ${name}`, defaultJobOptions);
    const { target, prefix, maxDataBytes } = toStoreOptions(options, shared?.target);
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
   * Puts a new job, which is pending from then on (Q1). A task without arguments stands for a job
   * of it. A put is repeated safely after a lost reply. Inside a running task the job is part of
   * the run: it stays new until the run commits (J6, see `immediate`).
   * @returns the job
   * @throws BadStatusError if it was put before, or the task that puts it has ended;
   *   SerializationError for arguments that cannot be stored; DataTooLargeError for arguments over
   *   `maxDataBytes`; InvalidArgumentError for a value that is no job, or a bad option;
   *   UnknownQuotaError; UnavailableError where Redis is away for too long (see `whenUnavailable`,
   *   which holds for all calls); UnsupportedError where Redis refuses the connection, such as its
   *   password
   */
  async put<J extends Job<unknown, []>>(job: J, options?: PutOptions): Promise<J>;
  async put<R>(task: Task<[], R>, options?: PutOptions): Promise<Job<R>>;
  async put(what: Job | Task<[]>, options: PutOptions = {}): Promise<Job> {
    const [job] = await this.putAll([what], options);
    return job as Job;
  }

  /**
   * Puts new jobs in that order, in one round trip per thousand. Each round trip stores all of its
   * jobs or none.
   */
  async putAll<P extends Job<unknown, []> | Task<[], unknown>>(
    what: readonly P[],
    options: PutOptions = {},
  ): Promise<PutJob<P>[]> {
    return (await putJobs(this.#openParts(), what, options)) as PutJob<P>[];
  }

  /**
   * The job with that id, in any status; undefined where there is none.
   * @throws InvalidArgumentError where `id` is not the id of a job, such as a part of one
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
   * Lists jobs: handleInterrupt jobs first (I8), then the lane `main`, then the other lanes by
   * name. Within a lane jobs stand in the order in which they run; completed jobs newest first.
   */
  async jobs(options: ListOptions = {}): Promise<Job[]> {
    const { store, gateway } = this.#openParts();
    const { start, count, lane, ...filter } = toListing(options);
    const stored = await store.list(filter, start, count, { lane });
    return stored.map((job) => jobFromStored(job, gateway));
  }

  /**
   * Removes the pending job at that position, in the order of `jobs` without handleInterrupt jobs,
   * and returns it (Q3).
   * @param index from 0; below 0 it counts from the end: -1 is the last one
   * @returns the job, which can be put again (Q1); undefined where the queue is shorter
   */
  async pull(index = 0): Promise<Job | undefined> {
    const { store, gateway } = this.#openParts();
    return await pullJob(store, gateway, index);
  }

  /**
   * Removes a pending job with its whole record, and with the parts of a composite (Q3). Jobs that
   * wait for it, such as its composite, go on: for them it has failed with a RemovedError.
   * @throws BadStatusError where it is not pending: nothing is changed
   */
  async remove(job: Job | string): Promise<void> {
    await removeJob(this.#openParts(), job, (id) => this.get(id));
  }

  /** The dead letters of the queue: records that are damaged, or not Drover's (B1). */
  deadLetters(): DeadLetters {
    this.#openParts();
    return this.#deadLetters;
  }

  /**
   * Ends the connections of this queue. `local.getQueue()` uses that of the dispatcher, which
   * stays. Each call under way rejects at once with a BadStatusError, which says whether it may
   * have taken effect. When this resolves, the queue no longer keeps the process alive, also while
   * Redis is away.
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
