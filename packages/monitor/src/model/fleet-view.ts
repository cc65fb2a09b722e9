// The read model: all queues and dispatchers under one prefix, on two connections.
import {
  Dispatchers,
  Queue,
  type ConnectionInput,
  type DispatchersOptions,
  type WhenUnavailable,
} from '@drover/core';
import { readDispatcher, type DispatcherView } from './dispatcher-view.js';
import { examine, type Finding } from './doctor.js';
import { Follower } from './follow.js';
import { readInterrupts, type Interrupts } from './interrupts.js';
import { readJobView, type JobView, type JobViewOptions } from './job-view.js';
import { readPartPage, type PartPage, type PartPageOptions } from './tree/part-page.js';
import { readOnlyDispatchers, readOnlyQueue } from './read-only.js';
import type { Sources } from './sources.js';
import { readStatus, type FleetStatus } from './status.js';
import { readTree, type TreeNode, type TreeOptions } from './tree/tree.js';

/** Where Drover's data are, and what to do while Redis is away. */
export interface FleetViewOptions {
  /** As of a queue. Default: `$REDIS_URL` or redis://127.0.0.1:6379. */
  connection?: ConnectionInput;
  /** Default: `{drover}`. */
  prefix?: string;
  /** 'wait': calls wait for Redis, up to `unavailableTimeout`; 'fail'. Default: 'wait'. */
  whenUnavailable?: WhenUnavailable;
  /** Milliseconds. Default: 30,000. */
  unavailableTimeout?: number;
  /**
   * Whether its queues and dispatchers refuse each call that changes something, with an
   * UnsupportedError. Default: false.
   */
  readOnly?: boolean;
  /** Called with each error of the connections, which reconnect by themselves. Default: none. */
  onError?: (error: Error) => void;
}

/** Ms. */
const DAY = 86_400_000;

/**
 * What there is under a prefix, for people and for programs: it reads, and changes nothing. Each
 * call costs Redis a bounded number of commands for each queue, lane and dispatcher, however many
 * jobs there are.
 */
export class FleetView implements Sources {
  /** All dispatchers. */
  readonly dispatchers: Dispatchers;
  readonly #root: Queue;
  readonly #fleet: Dispatchers;
  readonly #isReadOnly: boolean;

  /**
   * Connects in the background: calls wait until Redis is there.
   * @throws InvalidArgumentError for a wrong option
   */
  constructor({ readOnly = false, ...options }: FleetViewOptions = {}) {
    this.#isReadOnly = readOnly;
    this.#fleet = new Dispatchers(options satisfies DispatchersOptions);
    this.dispatchers = readOnly ? readOnlyDispatchers(this.#fleet) : this.#fleet;
    // No job is in it: it holds the connection of all others.
    this.#root = new Queue('monitor', options);
  }

  /** What stands before every key. */
  get prefix(): string {
    return this.#root.prefix;
  }

  /** The names of all queues, sorted. */
  async queueNames(): Promise<string[]> {
    return await Queue.names(this.#root);
  }

  /** A queue, on the common connection. @throws InvalidArgumentError for a bad name */
  queue(name: string): Queue {
    const queue = this.#root.sibling(name);
    return this.#isReadOnly ? readOnlyQueue(queue) : queue;
  }

  /** Redis's clock: ms since 1970. */
  async now(): Promise<number> {
    return (await this.#root.activity({ within: 0 })).now;
  }

  /** The state of all queues and dispatchers, with the alarms. @throws UnavailableError */
  async status(): Promise<FleetStatus> {
    return await readStatus(this);
  }

  /**
   * All that is known of a job, in whichever queue it is.
   * @throws BadStatusError where there is no such job; InvalidArgumentError where `id` is not the
   *   id of a job; UnavailableError
   */
  async job(id: string, options: JobViewOptions = {}): Promise<JobView> {
    return await readJobView(this, id, options);
  }

  /**
   * A job with the jobs below it, as its author wrote them. Of a composite of more than `most`
   * parts it has those that failed and that are active; it has some 300 jobs at most.
   * @throws as `job`
   */
  async tree(id: string, options: TreeOptions = {}): Promise<TreeNode> {
    return await readTree(this, id, options);
  }

  /**
   * Some of the parts of a composite, in their order, and what each does (C1). It reads none of
   * them.
   * @throws as `job`; InvalidArgumentError for a bad `start` or `most`
   */
  async parts(id: string, options: PartPageOptions = {}): Promise<PartPage> {
    return await readPartPage(this, id, options);
  }

  /**
   * The dispatchers that were found dead within so many ms, and the jobs that were interrupted, as
   * far as records are kept.
   */
  async interrupts(within = DAY): Promise<Interrupts> {
    return await readInterrupts(this, within);
  }

  /** One dispatcher, with the jobs that it runs. @throws BadStatusError where there is none */
  async dispatcher(uuid: string): Promise<DispatcherView> {
    return await readDispatcher(this, uuid);
  }

  /** Looks for everything that is wrong or may become so, with its cure. */
  async examine(): Promise<Finding[]> {
    return await examine(this);
  }

  /** Follows what happens from now on, in all queues or in one. */
  follow(queue?: string): Follower {
    return new Follower(this, queue);
  }

  /** Ends the connections. */
  async close(): Promise<void> {
    await Promise.all([this.#fleet.close(), this.#root.close()]);
  }

  /** Closes it: `await using view = new FleetView()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
