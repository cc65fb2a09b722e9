// The connection of a queue and what hangs on it: opened with the queue, ended by `close`.
import {
  Availability,
  availabilityOf,
  producerSettings,
  type AvailabilityOptions,
} from '../redis/availability.js';
import { connect } from '../redis/connection.js';
import { endClient } from '../redis/end-client.js';
import { BadStatusError } from '../errors.js';
import { checkName } from '../lib/names.js';
import { checkOptions, refuseUnknownOptions } from '../lib/unknown-options.js';
import { toErrorListener } from '../lib/warn.js';
import { toQueueDefaults } from '../model/queue-defaults.js';
import { QueueStore } from '../store/bullmq/queue-store.js';
import { outsideRun } from '../job/run-context.js';
import { makeGateway } from './queue-gateway.js';
import {
  checkImmediate,
  QUEUE_OPTIONS,
  toStoreOptions,
  type QueueOptions,
  type SharedConnection,
} from './queue-options.js';
import { queueParts, type QueueParts } from './queue-parts.js';
import { Quotas } from './limits/quotas.js';
import { RateLimits } from './limits/rate-limits.js';
import { Schedules } from './schedules/schedules.js';

export abstract class OpenQueue {
  readonly name: string;
  readonly prefix: string;
  /** Limits on how many jobs of the queue run at the same time (Q5). */
  readonly quotas: Quotas;
  /** Limits on how many jobs of the queue start in so long (Q9). */
  readonly rateLimits: RateLimits;
  /** Jobs that dispatchers put at given times (Q10). */
  readonly schedules: Schedules;
  readonly #parts: QueueParts;
  readonly #end: () => Promise<void>;
  readonly #availability: Required<AvailabilityOptions>;
  /** By name: the queues of jobs that are referred to in jobs of this queue. */
  readonly #neighbours = new Map<string, OpenQueue>();
  readonly #isShared: boolean;
  readonly #connection: SharedConnection;
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
    const tell = toErrorListener(`the queue ${name}`, options.onError);
    checkImmediate(isImmediate);
    // A task may have made the connection in its run: its errors belong to no run.
    const onError = (error: Error): void => outsideRun(() => tell(error));
    const given = `defaultJobOptions of the queue ${name}`;
    const ofJobs = toQueueDefaults(given, defaultJobOptions);
    const { target, prefix, maxDataBytes } = toStoreOptions(options, shared?.target);
    this.name = name;
    this.prefix = prefix;
    this.#isShared = shared !== undefined;
    this.#availability = availabilityOf(options);
    const client = shared?.client ?? connect(target, producerSettings(this.#availability), onError);
    this.#connection = { target, client };
    this.#end = async () => (shared ? undefined : await endClient(client));
    const isOwn = shared === undefined;
    const availability = new Availability(
      `queue ${name}`,
      client,
      target,
      this.#availability,
      isOwn,
    );
    const store = new QueueStore(client, target, prefix, name, onError, availability);
    this.quotas = new Quotas(name, store.use);
    this.rateLimits = new RateLimits(name, store.use);
    this.schedules = new Schedules(name, () => this.openParts());
    const gateway = makeGateway({
      limits: { queueName: name, isImmediate, maxDataBytes },
      parts: () => this.openParts(),
      store,
      gatewayFor: (queue) => this.neighbour(queue).#parts.gateway,
    });
    const finish = (): Promise<void> => this.#finish();
    const limits = { quotas: this.quotas, rateLimits: this.rateLimits };
    this.#parts = { name, prefix, target, store, gateway, ...ofJobs, ...limits, finish };
  }

  get [queueParts](): QueueParts {
    return this.#parts;
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

  /** A queue of the same class on the same connection. */
  protected abstract sharing(
    name: string,
    options: QueueOptions,
    shared: SharedConnection,
  ): OpenQueue;

  /** The queue of that name on this one's connection: the same object each time. */
  protected neighbour(name: string): OpenQueue {
    const { maxDataBytes, isImmediate: immediate } = this.#parts.gateway;
    const queue =
      this.#neighbours.get(name) ??
      this.sharing(
        name,
        { prefix: this.prefix, maxDataBytes, immediate, ...this.#availability },
        this.#connection,
      );
    this.#neighbours.set(name, queue);
    return queue;
  }

  /** @throws BadStatusError where the queue was closed */
  protected openParts(): QueueParts {
    if (this.#closing)
      throw new BadStatusError(`the queue ${this.name} was closed: make a new one`);
    return this.#parts;
  }
}
