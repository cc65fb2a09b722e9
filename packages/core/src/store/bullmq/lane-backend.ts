// BullMQ's own Redis backend for one lane, bent in four places: its replies keep all fields of a
// job, a finish may set fields, a transition may run in one MULTI with scripts of Drover's, and no
// script of BullMQ's moves jobs that have become due.
import { bullConnection, QueueKeys, RedisQueueBackend } from './bullmq.js';
import { clockOf } from '../../redis/clock.js';
import type { RedisClient } from '../../redis/connection.js';
import { throwRedacted } from '../../redis/redact-command.js';
import { runTogether, type Transaction } from './scripts/transaction.js';
import { CompleteArgs } from './complete-args.js';
import type { DroverFields } from './fields.js';
import type { LaneKeys } from './keys.js';
import { LOCK_DURATION } from './lock.js';
import { promoteDue } from './put/promote.js';
import { toRawReply, type RawClaim, type RawReply } from './run/claim-reply.js';

/** BullMQ's parse of the reply to a claim: `[_, job, …]`. */
type NextJobReply = [unknown?, (RawClaim | string | number)?];

/**
 * The index of the key `delayed` in BullMQ 6.7's `moveToActive`, `moveToFinished` and `retryJob`.
 * Tests hold it.
 */
const DELAYED_KEY = 6;
/** The index of the time of the claim in its `moveToActive`. */
const CLAIM_TIME = 12;

/** One lane of a queue, in BullMQ's terms. */
export class LaneBackend extends RedisQueueBackend {
  readonly #completeArgs: CompleteArgs;
  #bullClient: Awaited<RedisQueueBackend['client']> | undefined;
  /** By the arguments of a transition that is about to be sent. */
  readonly #transactions = new WeakMap<object, Transaction>();

  constructor(
    private readonly rawClient: RedisClient,
    private readonly laneKeys: LaneKeys,
    owner?: string,
  ) {
    const queueKeys = new QueueKeys(laneKeys.prefix);
    super(
      bullConnection(rawClient),
      laneKeys.bullQueue,
      queueKeys.getKeys(laneKeys.bullQueue),
      (type) => queueKeys.toKey(laneKeys.bullQueue, type),
      {
        connection: {},
        prefix: laneKeys.prefix,
        lockDuration: LOCK_DURATION,
        name: owner,
      } as never,
      undefined,
      false,
    );
    this.#completeArgs = new CompleteArgs(
      (id, token) => this.#finishArgs(id, token, { value: '' }, false),
      laneKeys,
      clockOf(rawClient),
    );
  }

  /**
   * Claims the next job under `token`, for the dispatcher `owner`. Delayed jobs that are due come
   * after all jobs in `wait` (Q1). So they are moved there only where `wait` is empty: a claim that
   * finds a job costs no more than BullMQ's.
   */
  async claim(token: string, owner: string, mayHaveDue: boolean): Promise<RawReply> {
    const waiting = await this.#claimWaiting(token, owner);
    if (waiting || !mayHaveDue) return { claim: waiting, delayUntil: undefined };
    const { count, nextDue } = await promoteDue(this.rawClient, this.laneKeys);
    return {
      claim: count > 0 ? await this.#claimWaiting(token, owner) : undefined,
      delayUntil: nextDue,
    };
  }

  async #claimWaiting(token: string, owner: string): Promise<RawClaim | undefined> {
    const [, claim] = (await this.moveToActive(token, owner)) as unknown as NextJobReply;
    return typeof claim === 'object' ? claim : undefined;
  }

  /**
   * Finishes a claimed job, with the JSON of its value or as failed with a reason. Sets `fields` in
   * the same step.
   */
  finish(
    id: string,
    token: string,
    end: { value: string } | { failedReason: string },
    fields: DroverFields & { stacktrace?: string },
    claimNext: boolean,
    transaction?: Transaction,
  ): Promise<RawReply> {
    const isPlain = 'value' in end && Object.keys(fields).length === 0;
    const args = isPlain
      ? this.#completeArgs.of(token, { id, value: end.value, claimNext })
      : this.#finishArgs(id, token, end, claimNext, fields);
    return this.#sendFinish(id, args, transaction);
  }

  #finishArgs(
    id: string,
    token: string,
    end: { value: string } | { failedReason: string },
    claimNext: boolean,
    fields?: DroverFields & { stacktrace?: string },
  ): unknown[] {
    const [target, property, text] =
      'value' in end
        ? (['completed', 'returnvalue', end.value] as const)
        : (['failed', 'failedReason', end.failedReason] as const);
    const job = { id, opts: { attempts: 0 } } as never;
    const fieldsToSet = fields && Object.keys(fields).length > 0 ? fields : undefined;
    const now = clockOf(this.rawClient).now();
    const args = this.moveToFinishedArgs(
      job,
      text,
      property,
      false,
      target,
      token,
      now,
      claimNext,
      fieldsToSet,
    );
    return this.#withoutDue(args as unknown[]);
  }

  /** Does the same as BullMQ's own `moveToFinished`, and faster: each job is finished. */
  async #sendFinish(
    id: string,
    args: unknown[],
    transaction: Transaction | undefined,
  ): Promise<RawReply> {
    // It resolves when BullMQ has defined its scripts on the client.
    this.#bullClient ??= await this.client;
    let reply: unknown;
    try {
      reply = await (transaction
        ? runTogether(
            this.rawClient,
            { command: `moveToFinished:${this.version}`, args },
            transaction,
          )
        : super.execCommand(this.#bullClient, 'moveToFinished', args));
    } catch (error) {
      throwRedacted(error as Error);
    }
    if (typeof reply === 'number' && reply < 0) {
      throw this.finishedErrors({
        code: reply,
        jobId: id,
        command: 'moveToFinished',
        state: 'active',
      });
    }
    return toRawReply(reply);
  }

  // BullMQ makes the arguments of these transitions itself. It hands their options through, so that
  // `transaction` can be one of them.
  override moveToDelayedArgs(...args: Parameters<RedisQueueBackend['moveToDelayedArgs']>) {
    return this.#noteTransaction(super.moveToDelayedArgs(...args), args[4]);
  }

  override retryJobArgs(...args: Parameters<RedisQueueBackend['retryJobArgs']>) {
    return this.#noteTransaction(this.#withoutDue(super.retryJobArgs(...args)), args[3]);
  }

  override moveToWaitingChildrenArgs(
    ...args: Parameters<RedisQueueBackend['moveToWaitingChildrenArgs']>
  ) {
    return this.#noteTransaction(super.moveToWaitingChildrenArgs(...args), args[2]);
  }

  /**
   * Gives a script of BullMQ's an empty set instead of `delayed`. It would move due jobs by the
   * clock of this host. Where a record is damaged, it would take other jobs out of `delayed` and
   * then fail, so that they would be in no list (B1).
   */
  #withoutDue<A extends unknown[]>(args: A): A {
    args[DELAYED_KEY] = this.laneKeys.nothingDue;
    return args;
  }

  #noteTransaction<A extends object>(args: A, options: object = {}): A {
    const { transaction } = options as { transaction?: Transaction };
    if (transaction) this.#transactions.set(args, transaction);
    return args;
  }

  /**
   * BullMQ's parse of a claimed job drops the fields that it does not know. So the raw reply goes
   * in the place of the job's id, which BullMQ hands through as it is.
   */
  override execCommand(client: never, commandName: string, args: never): unknown {
    if (commandName === 'moveToActive')
      this.#withoutDue(args)[CLAIM_TIME] = clockOf(this.rawClient).now() as never;
    const transaction = this.#transactions.get(args);
    const reply: unknown = transaction
      ? runTogether(
          this.rawClient,
          { command: `${commandName}:${this.version}`, args },
          transaction,
        )
      : super.execCommand(client, commandName, args);
    // A pipeline only queues the command, and answers with itself.
    if (!isPromise(reply)) return reply;
    return commandName === 'moveToActive'
      ? reply.then(keepAllFields, throwRedacted)
      : reply.catch(throwRedacted);
  }
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as { then?: unknown } | null)?.then === 'function';
}

function keepAllFields(raw: unknown): unknown {
  const { claim } = toRawReply(raw);
  return claim ? [null, claim, 0, 0] : raw;
}
