// Dispatchers as any process sees them (D10): a connection, and the records in Redis.
import { BadStatusError, InvalidArgumentError } from '../errors.js';
import { describeValue } from '../lib/describe-value.js';
import { checkMs, timerDelay } from '../lib/timeout.js';
import { checkOptions } from '../lib/unknown-options.js';
import { isUuid } from '../lib/uuid.js';
import { toErrorListener } from '../lib/warn.js';
import type { Wish } from '../model/activation-store.js';
import {
  checkAgentName,
  checkShare,
  checkTasksAreDefined,
  toTaskNames,
  type AgentChange,
} from '../model/agent-change.js';
import type { DispatcherInfo } from '../model/dispatcher-facts.js';
import { Availability, availabilityOf, producerSettings } from '../redis/availability.js';
import type { AvailabilityOptions } from '../redis/availability.js';
import { connect, type RedisClient } from '../redis/connection.js';
import { endClient } from '../redis/end-client.js';
import { readServers, type RedisFacts } from '../redis/server-facts.js';
import { FleetStore } from '../store/bullmq/dispatcher/fleet-store.js';
import { toStoreOptions, type QueueOptions } from '../queue/queue-options.js';
import { outsideRun } from '../job/run-context.js';
import { fulfil, type WishOptions } from './wishes.js';

/** The options of `Dispatchers`: those of a queue that are about its connection. */
export interface DispatchersOptions
  extends AvailabilityOptions, Pick<QueueOptions, 'connection' | 'prefix' | 'onError'> {}

const OPTIONS = ['connection', 'prefix', 'onError', 'whenUnavailable', 'unavailableTimeout'];
const NAME = 'list of dispatchers';

/** All dispatchers under a prefix, of all processes and hosts. */
export class Dispatchers {
  readonly #store: FleetStore;
  readonly #availability: Availability;
  readonly #client: RedisClient;
  readonly #end: () => Promise<void>;
  #closing: Promise<void> | undefined;

  /**
   * Connects in the background: calls wait until Redis is there.
   * @throws InvalidArgumentError for a wrong option; UnsupportedError for another version of BullMQ
   */
  constructor(options: DispatchersOptions = {}) {
    checkOptions('Dispatchers', options, OPTIONS);
    const { target, prefix } = toStoreOptions(options);
    const availability = availabilityOf(options);
    const tell = toErrorListener('Dispatchers', options.onError);
    const onError = (error: Error): void => outsideRun(() => tell(error));
    const client = connect(target, producerSettings(availability), onError);
    this.#availability = new Availability(NAME, client, target, availability, true);
    this.#client = client;
    this.#store = new FleetStore(client, prefix);
    this.#end = () => endClient(client);
  }

  /**
   * All dispatchers that are active, dead or being cleaned up after, and those that were
   * deactivated within their `retention`. The one that was activated first comes first. The cost
   * grows with the number of dispatchers alone, not with that of jobs (D10).
   * @throws UnavailableError; BadStatusError after `close`
   */
  async list(): Promise<DispatcherInfo[]> {
    return await this.#ask(() => this.#store.list());
  }

  /**
   * One dispatcher; undefined where it was never active, or its record has gone.
   * @throws InvalidArgumentError for a value that is no UUID; UnavailableError
   */
  async get(uuid: string): Promise<DispatcherInfo | undefined> {
    const id = toUuid(uuid);
    return await this.#ask(() => this.#store.read(id));
  }

  /**
   * The facts that the Redis server gives of itself; of a Cluster, those of each master. Undefined
   * where the user of the connection may not ask (it has no `+info`).
   * @throws UnavailableError; BadStatusError after `close`
   */
  async redis(): Promise<RedisFacts[] | undefined> {
    return await this.#ask(() => readServers(this.#client));
  }

  /**
   * Removes the record of a deactivated dispatcher before its `retention` is over. Without a record
   * it does nothing.
   * @throws BadStatusError for one that has not ended, or whose jobs are not interrupted yet;
   *   InvalidArgumentError for a value that is no UUID; UnavailableError
   */
  async forget(uuid: string): Promise<void> {
    const id = toUuid(uuid);
    const status = await this.#ask(() => this.#store.forget(id));
    if (status === 'none' || status === 'deactivated') return;
    throw new BadStatusError(
      `dispatcher ${id} is ${status}: it can be forgotten when it is deactivated. If its process ` +
        'is gone, another dispatcher under this prefix cleans up after it first',
    );
  }

  /**
   * Adds an agent to a dispatcher of any process, or changes size, lanes and tasks of one (D9).
   * Everything that is not given stays as it is; a new agent has the size 1 and the lane `main`,
   * takes jobs of all tasks, and runs them in the main thread. A smaller size interrupts no job,
   * and with 0 the agent claims no more. Resolves when the dispatcher has taken it over. One that
   * is activated anew begins with its own options again.
   * @throws InvalidArgumentError for a bad name, size or lane, or a task that its process has not
   *   defined, unless the agent has threads; BadStatusError where it is not active; TimeoutError
   *   where it has not taken it over within `timeout` ms; UnavailableError
   */
  async setAgent(
    uuid: string,
    queue: string,
    agent: string,
    options: AgentChange & WishOptions = {},
  ): Promise<void> {
    const where = checkAgentName('setAgent: ', queue, agent);
    checkOptions(where, options, ['size', 'lanes', 'tasks', 'timeout']);
    const { size, lanes, tasks, timeout } = options;
    checkShare(where, { size, lanes }, 0);
    const change = {
      ...(size !== undefined && { size }),
      ...(lanes && { lanes: [...lanes] }),
      ...(tasks !== undefined && { tasks: toTaskNames(where, tasks) ?? ('all' as const) }),
    };
    if (tasks !== undefined) await this.#checkTasks(uuid, queue, agent, change.tasks);
    await this.#fulfil(uuid, { kind: 'setAgent', queue, agent, ...change }, timeout);
  }

  /**
   * Removes an agent of a dispatcher of any process (D9): it claims no more jobs, and those that it
   * runs go on. Without such an agent it does nothing. Resolves and throws as `setAgent`.
   */
  async removeAgent(
    uuid: string,
    queue: string,
    agent: string,
    options: WishOptions = {},
  ): Promise<void> {
    checkOptions('removeAgent', options, ['timeout']);
    checkAgentName('removeAgent: ', queue, agent);
    await this.#fulfil(uuid, { kind: 'removeAgent', queue, agent }, options.timeout);
  }

  /**
   * Deactivates a dispatcher of any process, as `dispatcher.deactivate({ grace })` does: it claims
   * no more jobs, and interrupts those that have not ended within `grace` ms (D6). Resolves when
   * the dispatcher has begun; `get` tells when it is deactivated. Does nothing where it has ended.
   * @param options `grace`: ms, from 0, or Infinity. Default: 0
   * @throws InvalidArgumentError for a bad grace; else as `setAgent`
   */
  async drain(uuid: string, options: WishOptions & { grace?: number } = {}): Promise<void> {
    checkOptions('drain', options, ['grace', 'timeout']);
    const { grace = 0, timeout } = options;
    checkMs('grace', grace);
    await this.#fulfil(uuid, { kind: 'drain', grace: timerDelay(grace) }, timeout);
  }

  /** Ends the connection. Calls under way reject with a BadStatusError. */
  async close(): Promise<void> {
    this.#closing ??= this.#finish();
    await this.#closing;
  }

  /** Closes it: `await using fleet = new Dispatchers()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The dispatcher would refuse the wish, and could not tell. */
  async #checkTasks(
    uuid: string,
    queue: string,
    agent: string,
    tasks: string[] | 'all' | undefined,
  ): Promise<void> {
    const info = await this.get(uuid);
    const known = info?.agents.find((one) => one.queue === queue && one.name === agent);
    if (!info || tasks === 'all' || known?.threads) return;
    checkTasksAreDefined(`setAgent: ${queue}.${agent}`, tasks, info.tasks);
  }

  async #fulfil(uuid: string, wish: Wish, timeout: number | undefined): Promise<void> {
    const deps = { store: this.#store, ask: <T>(action: () => Promise<T>) => this.#ask(action) };
    await fulfil(deps, toUuid(uuid), wish, timeout);
  }

  async #finish(): Promise<void> {
    this.#availability.end();
    await this.#end();
  }

  async #ask<T>(action: () => Promise<T>): Promise<T> {
    if (this.#closing) throw new BadStatusError(`the ${NAME} was closed: make a new one`);
    return await this.#availability.call(action);
  }
}

function toUuid(uuid: unknown): string {
  if (typeof uuid === 'string' && isUuid(uuid)) return uuid.toLowerCase();
  throw new InvalidArgumentError(
    `a dispatcher is named by its UUID, as dispatcher.uuid, not by ${describeValue(uuid)}`,
  );
}
