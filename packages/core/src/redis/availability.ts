// Calls of producers while Redis is not available (B3): they wait, within a bound, or fail at once.
import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { delayAfter, type BackOff } from '../lib/back-off.js';
import { clientSettings, type ClientSettings, type RedisClient } from './connection.js';
import type { RedisTarget } from './redis-target.js';
import { redacted } from './redact-command.js';
import { BadStatusError, InvalidArgumentError, UnavailableError } from '../errors.js';
import { refusedConnection } from './refused-connection.js';
import { checkMs, timerDelay } from '../lib/timeout.js';
import { saidBy, classifyRedisError, type RedisErrorClass } from './redis-errors.js';

/** How a call behaves while Redis cannot be reached, or refuses writes for a while. */
export type WhenUnavailable = 'wait' | 'fail';

/** Options of a producer for the time that Redis is not available. */
export interface AvailabilityOptions {
  /**
   * 'wait': calls wait until Redis can do them, and throw an UnavailableError after
   * `unavailableTimeout`. 'fail': they throw it at once. Default: 'wait'.
   */
  whenUnavailable?: WhenUnavailable;
  /** Milliseconds after which a call that waits gives up; Infinity: never. Default: 30,000. */
  unavailableTimeout?: number;
}

const DEFAULT_TIMEOUT = 30_000;
const BACK_OFF: BackOff = { firstDelay: 50, mostDelay: 1_000 };

/** How one call is made. */
export interface CallOptions {
  /** It takes several steps: those that were done before Redis refused stay done. */
  inSteps?: boolean;
  /** Replaces `unavailableTimeout`: a call that waits gives up when this is true. */
  isOver?: () => boolean;
}

export class Availability {
  /** How often the client has connected. A command given between two connections was never sent. */
  #connections = 0;
  #lastError: Error | undefined;
  /** Whether a call has succeeded. From then on, calls wait also where a connection is refused. */
  #hasWorked = false;
  /** Aborted when the queue is closed. */
  readonly #end = new AbortController();
  /** Each makes one call under way give up. */
  readonly #calls = new Set<() => void>();

  /**
   * @param isOwn whether the client is the queue's own: a dispatcher handles the errors of its
   *   client itself, which many queues share
   */
  constructor(
    /** Named in errors: `queue images`. */
    private readonly subject: string,
    private readonly client: RedisClient,
    private readonly target: RedisTarget,
    private readonly options: Required<AvailabilityOptions>,
    isOwn: boolean,
  ) {
    if (!isOwn) return;
    client.on('ready', () => this.#connections++);
    client.on('error', (error) => (this.#lastError = error));
    // Each call that waits listens to the signal: Node would warn of a leak from the eleventh on.
    setMaxListeners(0, this.#end.signal);
  }

  /** The queue is closed: each call under way gives up at once. */
  end(): void {
    this.#end.abort();
    for (const giveUp of this.#calls) giveUp();
  }

  /**
   * Calls Redis, and again while Redis is not available. `isRepeated`: an earlier attempt may have
   * been done, and its reply lost.
   * @throws UnavailableError; UnsupportedError for a connection that is refused; any other error as
   *   it is, without its command (B2)
   */
  async call<T>(
    action: (isRepeated: boolean) => Promise<T>,
    options: CallOptions = {},
  ): Promise<T> {
    let isUnclear = false;
    let since: number | undefined;
    for (let attempt = 0; ; attempt++) {
      const started = performance.now();
      const [wasReady, connections] = [isWritable(this.client), this.#connections];
      try {
        const result = await this.#unlessClosed(() => action(isUnclear));
        this.#hasWorked = true;
        return result;
      } catch (error) {
        const wasSent = wasReady || connections !== this.#connections;
        const { inSteps = false } = options;
        if (this.#end.signal.aborted) throw this.#closed(isUnclear || wasSent || inSteps);
        const errorClass = classifyRedisError(error);
        const refusal = this.#refusal(error, errorClass);
        if (refusal) throw refusal;
        if (!errorClass) throw error instanceof Error ? redacted(error) : error;
        // A command that got no reply in time may still be sent, once the connection is made.
        isUnclear ||=
          errorClass.reason === 'unreachable' && (wasSent || errorClass.isSilent === true);
        since ??= started;
        const waited = performance.now() - since;
        if (this.#isEnough(waited, options)) {
          const mayBeDone = isUnclear || inSteps;
          throw this.#unavailable(errorClass, error as Error, { waited, mayBeDone });
        }
        const left = options.isOver ? Infinity : this.options.unavailableTimeout - waited;
        await this.#pause(Math.min(delayAfter(attempt, BACK_OFF), left), isUnclear || inSteps);
      }
    }
  }

  /** Rejects at once when the queue is closed: ioredis may take long to do so. */
  async #unlessClosed<T>(action: () => Promise<T>): Promise<T> {
    let giveUp = (): void => {};
    try {
      return await new Promise<T>((resolve, reject) => {
        giveUp = () => reject(new Error('closed'));
        this.#calls.add(giveUp);
        action().then(resolve, reject);
      });
    } finally {
      this.#calls.delete(giveUp);
    }
  }

  async #pause(ms: number, mayBeDone: boolean): Promise<void> {
    try {
      await pause(ms, undefined, { signal: this.#end.signal });
    } catch {
      throw this.#closed(mayBeDone);
    }
  }

  /** Why Redis refuses the connection: the connection's error says so, that of a call does not. */
  #refusal(error: unknown, errorClass: RedisErrorClass | undefined): Error | undefined {
    if (!errorClass) return refusedConnection(error, this.target);
    const isNew = errorClass.reason === 'unreachable' && !this.#hasWorked;
    return isNew ? refusedConnection(this.#lastError, this.target) : undefined;
  }

  #closed(mayBeDone: boolean): BadStatusError {
    const end = mayBeDone
      ? 'The call may have been done, wholly or in part, all the same'
      : 'Nothing was done';
    return new BadStatusError(`the ${this.subject} was closed meanwhile. ${end}.`);
  }

  #isEnough(waited: number, { isOver }: CallOptions): boolean {
    if (this.options.whenUnavailable === 'fail' || this.client.status === 'end') return true;
    return isOver ? isOver() : waited >= this.options.unavailableTimeout;
  }

  #unavailable(
    { reason, text }: RedisErrorClass,
    error: Error,
    { waited, mayBeDone }: { waited: number; mayBeDone: boolean },
  ): UnavailableError {
    // Only the error of the connection says why a command got no reply.
    const isTold =
      reason === 'unreachable' && this.client.status !== 'ready' && this.#lastError !== undefined;
    const detail = isTold ? `${text}: ${saidBy(this.#lastError as Error)}` : text;
    const time =
      this.options.whenUnavailable === 'wait'
        ? `, and was not available for ${Math.round(waited)} ms`
        : '';
    const end = mayBeDone
      ? 'It may have been done, wholly or in part, all the same: the same call may be made again'
      : 'Nothing was done';
    return new UnavailableError(`${this.subject}: ${detail}${time}. ${end}.`, reason, mayBeDone, {
      cause: redacted(error),
    });
  }
}

/** Whether a command is sent at once. A connection that is being closed still counts as ready. */
function isWritable(client: RedisClient): boolean {
  return client.status === 'ready' && (client.isCluster || (client as Redis).stream.writable);
}

/** In ms, the shortest time to wait for a reply: a busy process needs some time to read it. */
const MIN_TIMEOUT = 1_000;

/** The settings of a producer's client. */
export function producerSettings({
  whenUnavailable,
  unavailableTimeout,
}: Required<AvailabilityOptions>): ClientSettings {
  const { producer } = clientSettings;
  const most =
    whenUnavailable === 'wait'
      ? unavailableTimeout
      : Math.min(producer.commandTimeout, unavailableTimeout);
  const commandTimeout = timerDelay(Math.max(most, MIN_TIMEOUT));
  return {
    ...producer,
    commandTimeout,
    silentAfter: Math.min(producer.silentAfter, commandTimeout),
  };
}

/** These options of a queue, checked. @throws InvalidArgumentError */
export function availabilityOf({
  whenUnavailable = 'wait',
  unavailableTimeout = DEFAULT_TIMEOUT,
}: AvailabilityOptions) {
  if (whenUnavailable !== 'wait' && whenUnavailable !== 'fail')
    throw new InvalidArgumentError("whenUnavailable must be 'wait' or 'fail'");
  checkMs('unavailableTimeout', unavailableTimeout);
  return { whenUnavailable, unavailableTimeout };
}
