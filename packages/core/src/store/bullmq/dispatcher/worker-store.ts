// The store of one dispatcher, or of one task thread: all that it does in Redis goes through this
// object, which owns the connections.
import type { FailureData } from '../../../codec/failure.js';
import { MAIN_LANE } from '../../../lib/names.js';
import type { LaneStore } from '../../../model/lane-store.js';
import type { ActivationStore } from '../../../model/activation-store.js';
import type { DueSchedules, Markers, OverdueReply, RecoveryStore } from '../../../model/stores.js';
import { clockOf, currentClock, measureClock, type RedisClock } from '../../../redis/clock.js';
import { clientSettings, connect, type RedisClient } from '../../../redis/connection.js';
import { endClient } from '../../../redis/end-client.js';
import { refuseEviction } from '../../../redis/eviction.js';
import { classifyRedisError, type RedisErrorClass } from '../../../redis/redis-errors.js';
import { nameOfTarget, type RedisTarget } from '../../../redis/redis-target.js';
import { refusedConnection } from '../../../redis/refused-connection.js';
import { Subscription, type SubscriptionListeners } from '../../../redis/subscription.js';
import { DispatcherKeys, LaneKeys } from '../keys.js';
import { RedisLane } from '../redis-lane.js';
import { claimOverdue } from '../put/deadlines.js';
import { isFailure, isObject, orUndefined, parsed } from '../record-checks.js';
import { openLimits, type LimitsLook } from '../run/rate-limits.js';
import { RedisDueSchedules } from '../schedules/due-schedules.js';
import { typed } from '../scripts/store-errors.js';
import { DispatcherStore } from './dispatcher-store.js';
import { LaneEvents } from './lane-events.js';
import { MarkerWait } from './marker-wait.js';
import { RedisRecovery } from './recovery-store.js';

/** The Redis, the prefix and the dispatcher that a store is opened for. */
export interface OpenOptions {
  target: RedisTarget;
  prefix: string;
  uuid: string;
}

export class WorkerStore {
  readonly target: RedisTarget;
  readonly client: RedisClient;
  /** Redis's clock, as this process has measured it. */
  readonly clock: RedisClock;
  readonly activations: ActivationStore;
  readonly recovery: RecoveryStore;
  readonly #keys: DispatcherKeys;
  readonly #lanes = new Map<string, RedisLane>();
  /** The last error of the connection. */
  #lastError: Error | undefined;

  /**
   * @param use 'thread': the connection is made with the first command
   * @param onError gets the errors of the connection, which is made again
   */
  constructor(
    private readonly options: OpenOptions,
    use: 'dispatcher' | 'thread',
    onError: (error: Error) => void,
  ) {
    const { target, prefix, uuid } = options;
    this.target = target;
    this.client = connect(target, clientSettings[use], (error) => {
      this.#lastError = error;
      onError(error);
    });
    this.clock = clockOf(this.client);
    this.activations = new DispatcherStore(this.client, prefix);
    this.recovery = new RedisRecovery(this.client, prefix, uuid);
    this.#keys = new DispatcherKeys(prefix);
  }

  /**
   * @param agent for which it claims; undefined: for recovery
   * @param tasks those of the agent (D9); undefined: all
   */
  lane(queue: string, lane: string, agent?: string, tasks?: readonly string[]): LaneStore {
    const key = `${queue}/${lane}/${agent ?? ''}${tasks ? JSON.stringify(tasks) : ''}`;
    let store = this.#lanes.get(key);
    if (!store) {
      const { prefix, uuid } = this.options;
      const by = agent === undefined ? uuid : `${uuid}/${agent}`;
      store = new RedisLane(this.client, new LaneKeys(prefix, queue, lane), by, tasks);
      this.#lanes.set(key, store);
    }
    return store;
  }

  /** Claims the first job of a queue that has not begun by its deadline (Q2). */
  claimOverdue(queue: string, token: string): Promise<OverdueReply> {
    const main = new LaneKeys(this.options.prefix, queue, MAIN_LANE);
    const claim = { token, owner: this.options.uuid, now: this.clock.now() };
    return typed(() => claimOverdue(this.client, main.prefix, queue, claim));
  }

  /** Wakes the jobs of a queue that may start since their rate limits have opened (Q9). */
  openLimits(queue: string): Promise<LimitsLook> {
    const main = new LaneKeys(this.options.prefix, queue, MAIN_LANE);
    return typed(() => openLimits(this.client, main));
  }

  /**
   * The schedules of a queue for one activation, which begins to look after them now (Q10).
   * @param patience ms without a look after which it did not run at the times in between
   * @param onError gets what is wrong with a schedule, which the others outlast
   */
  schedules(queue: string, patience: number, onError: (error: Error) => void): DueSchedules {
    const main = new LaneKeys(this.options.prefix, queue, MAIN_LANE);
    return new RedisDueSchedules(this.client, main, patience, onError);
  }

  /**
   * Opens a wait for word of jobs in these lanes.
   * @param mayGoOn while false, a wait ends with the blocking read that is under way
   * @param word 'event': it takes the word from no other, for an agent with `tasks`
   */
  markers(
    queue: string,
    lanes: readonly string[],
    mayGoOn: () => boolean,
    onError: (error: Error) => void,
    word: 'marker' | 'event' = 'marker',
  ): Markers {
    const keys = lanes.map((lane) => new LaneKeys(this.options.prefix, queue, lane));
    const Wait = word === 'marker' ? MarkerWait : LaneEvents;
    return new Wait(this.target, keys, mayGoOn, onError);
  }

  /**
   * Listens for cancels of jobs that this dispatcher runs (O1), by their tokens, and for word of
   * wishes (D9).
   */
  onCancelled(
    listener: (jobId: string, token: string, failure: FailureData) => void,
    { onWish, ...listeners }: SubscriptionListeners & { onWish: () => void },
  ): Subscription {
    const channel = this.#keys.cancelled(this.options.uuid);
    const onMessage = (message: string): void => {
      if (message.startsWith('{"wish":')) return onWish();
      const cancelled = orUndefined(() => parsed('message', message, isCancelMessage));
      const failure = orUndefined(() => parsed('failure', cancelled?.failure, isFailure));
      if (cancelled && failure) listener(cancelled.jobId, cancelled.token, failure);
    };
    return new Subscription(this.target, channel, { ...listeners, onMessage });
  }

  /** Listens for the end of activations of this dispatcher's UUID. */
  onEnded(listener: () => void, listeners: SubscriptionListeners): Subscription {
    const onMessage = (message: string): void => {
      const notice = orUndefined(() =>
        parsed('message', message, isObject<{ event?: unknown; uuid?: unknown }>),
      );
      if (notice?.uuid === this.options.uuid && notice.event !== 'activated') listener();
    };
    return new Subscription(this.target, this.#keys.channel, { ...listeners, onMessage });
  }

  /** The address of Redis for messages, without a password (B2). */
  get name(): string {
    return nameOfTarget(this.target);
  }

  /** Called each time that the connection is ready: another server may answer from then on. */
  onReady(listener: () => void): void {
    this.client.on('ready', listener);
  }

  /** Takes over a measurement of the dispatcher, for the times that tasks of this thread give. */
  adoptClock(reading: RedisClock['reading']): void {
    currentClock().adopt(reading);
  }

  async measureClock(): Promise<void> {
    await measureClock(this.client);
  }

  /** @throws UnsupportedError where Redis may delete jobs to save memory */
  async refuseEviction(): Promise<void> {
    await refuseEviction(this.client);
  }

  /** Why Redis is not available; undefined for an error that says something else. */
  classify(error: Error): RedisErrorClass | undefined {
    return classifyRedisError(error);
  }

  /** The error to throw where Redis refuses the connection, such as for a wrong password. */
  refusal(error: Error): Error | undefined {
    // The error of a command without a connection does not say why: the connection's own does.
    return (
      refusedConnection(error, this.target) ??
      (classifyRedisError(error) && refusedConnection(this.#lastError, this.target))
    );
  }

  async end(): Promise<void> {
    await endClient(this.client);
  }
}

/** The message that the script `takeCancelled` publishes. `failure` is JSON. */
interface CancelMessage {
  jobId: string;
  token: string;
  failure: string;
}

/** Other programs may publish to the channel too: their messages are ignored (B1). */
function isCancelMessage(value: unknown): value is CancelMessage {
  if (!isObject<CancelMessage>(value)) return false;
  return [value.jobId, value.token, value.failure].every((part) => typeof part === 'string');
}
