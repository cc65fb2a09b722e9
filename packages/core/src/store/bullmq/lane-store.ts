// One lane of a queue as dispatchers use it: a claim, and each way in which a claim can end. Every
// write is fenced by the token (I5), and may run in one MULTI with other scripts.
import { clockOf, type RedisClock } from '../../redis/clock.js';
import type { RedisClient } from '../../redis/connection.js';
import type { Failure } from '../../codec/failure.js';
import type { ClaimedJob, ClaimReply, RetryRecord, StoredResult } from '../../model/records.js';
import {
  finishToken,
  runScriptIn,
  type ScriptCall,
  type Transaction,
} from './scripts/transaction.js';
import { callToBeginCallbacks } from './run/callbacks.js';
import type { DroverFields } from './fields.js';
import { stopsItsParent } from './job-records.js';
import type { Owner } from './run/interrupts.js';
import type { LaneKeys } from './keys.js';
import { LaneBackend } from './lane-backend.js';
import { LaneReader } from './lane-reader.js';
import { withAfterFinish } from './run/after-finish.js';
import { toClaimReply } from './run/claim-reply.js';
import type { Schedule } from './children/flow.js';
import { checkReply, RefusalCode, refusalCode } from './scripts/refusal.js';
import { scheduleChildren } from './children/schedule.js';
import { deadLetter } from './run/dead-letters.js';
import { callToStop } from './children/fail-fast.js';
import { abandonChildren, type AbandonEnd } from './children/abandon-children.js';
import { callToNoteUnroutable, claimUnroutable, type Unroutable } from './run/unroutable.js';

interface FinishOptions {
  /** Claim the next job under the same token, in the same round trip. */
  claimNext: boolean;
  /** Scripts that run in one MULTI with the finish. */
  transaction?: Transaction;
  /** The failure stops no dependent: the cancel of this job ends its dependents too. */
  stopsNone?: boolean;
}

export class LaneStore extends LaneReader {
  readonly #backend: LaneBackend;
  /** Redis's clock, as the dispatcher has measured it. */
  readonly clock: RedisClock;

  constructor(
    client: RedisClient,
    keys: LaneKeys,
    private readonly uuid: string,
  ) {
    super(client, keys);
    this.#backend = new LaneBackend(client, keys, uuid);
    this.clock = clockOf(client);
  }

  /**
   * Claims the next due job under `token`.
   * @param mayHaveDue whether to look for delayed jobs that are due, where no job is in `wait`
   */
  async claim(token: string, mayHaveDue = true): Promise<ClaimReply> {
    return toClaimReply(this.keys, token, await this.#backend.claim(token, this.uuid, mayHaveDue));
  }

  /**
   * Sets the lane's marker, so that a process that waits for a job looks again. A marker is lost
   * with the process that popped it.
   */
  async wake(): Promise<void> {
    await this.client.zadd(this.keys.marker, 0, '0');
  }

  /**
   * Finishes a job with the JSON of its value.
   * @returns the next claim, where `options` ask for one
   * @throws StoreRefusal with `CALLBACKS_ADDED` where the job has callbacks: they run first
   */
  complete(
    claim: ClaimedJob,
    value: string,
    { claimNext, transaction }: FinishOptions,
  ): Promise<ClaimReply | undefined> {
    const isPlain = !claim.hasDependents && claim.waitingOwner === undefined;
    return this.#finish(claim, { value }, doneWith(claim), {
      claimNext,
      transaction: isPlain
        ? transaction
        : withAfterFinish(this.keys, claim.id, this.clock.now(), transaction),
    });
  }

  /**
   * Finishes a job as failed. Where it has callbacks, stores the failure instead, and lets them
   * run; `owner` owns the job meanwhile.
   */
  async fail(
    claim: Pick<ClaimedJob, 'id' | 'token'> & Partial<Pick<ClaimedJob, 'result' | 'stops'>>,
    failure: Failure,
    owner: Owner,
    options: FinishOptions,
  ): Promise<ClaimReply | undefined> {
    const finishing = { id: claim.id, token: finishToken(claim.token, options.transaction) };
    // BullMQ refuses to complete a job that has callbacks, and does not check one that fails.
    const callbacks = this.#callToBeginCallbacks(finishing, { failure: failure.toJSON() }, owner);
    const before = [...(options.transaction?.before ?? []), callbacks];
    // The job may have got a parent since it was claimed.
    const parent = () => this.client.hget(this.keys.job(claim.id), 'parent');
    if (!options.stopsNone && (claim.stops || stopsItsParent(await parent())))
      before.push(callToStop(this.keys, finishing, failure));
    const fields = {
      ...doneWith(claim),
      failure: JSON.stringify(failure),
      // BullMQ's dashboards show this field.
      stacktrace: JSON.stringify([failure.stack ?? failure.message]),
    };
    try {
      return await this.#finish(claim, { failedReason: failure.message }, fields, {
        claimNext: options.claimNext,
        transaction: withAfterFinish(this.keys, claim.id, this.clock.now(), {
          ...options.transaction,
          before,
        }),
      });
    } catch (error) {
      if (refusalCode(error) !== RefusalCode.CALLBACKS_BEGUN) throw error;
      return { inCallbacks: true };
    }
  }

  /**
   * Stores the result of a job and lets its callbacks run; `owner` owns the job meanwhile.
   * @returns false where the job has no callbacks: nothing was stored, and it is to be finished
   * @throws StoreRefusal with `PENDING_CHILDREN` where a dependency has not ended
   */
  async beginCallbacks(
    claim: Pick<ClaimedJob, 'id' | 'token'>,
    result: StoredResult,
    owner: Owner,
    transaction?: Transaction,
  ): Promise<boolean> {
    const finishing = { id: claim.id, token: finishToken(claim.token, transaction) };
    const call = this.#callToBeginCallbacks(finishing, result, owner);
    const reply = await runScriptIn(this.client, call, transaction);
    if (reply === RefusalCode.CALLBACKS_BEGUN) return true;
    checkReply(reply, claim.id);
    return false;
  }

  /** Lets a job run again: at the head of the queue, or when `delay` ms have passed. */
  async retry(
    jobId: string,
    token: string,
    delay: number,
    { policyData, retries }: RetryRecord,
    transaction?: Transaction,
  ): Promise<void> {
    const fieldsToUpdate = {
      policyData: JSON.stringify(policyData),
      ...(retries !== undefined && { retries }),
    };
    const options = { fieldsToUpdate, skipAttempt: true, transaction };
    const sentToken = finishToken(token, transaction);
    if (delay > 0)
      await this.#backend.moveToDelayed(jobId, this.clock.latest(), delay, sentToken, options);
    else await this.#backend.retryJob(jobId, true, sentToken, options);
  }

  /** Gives back a claim that was not started: to the head of the queue, unchanged (I1). */
  async putBack(jobId: string, token: string): Promise<void> {
    await this.#backend.moveJobFromActiveToWait(jobId, token);
  }

  /**
   * Gives back a claim for `delay` ms.
   * @param unknown why the job is unroutable here, which is stored (B1); undefined: it is not due
   */
  async postpone(
    jobId: string,
    token: string,
    { delay, unknown }: { delay: number; unknown?: Unroutable | undefined },
    transaction?: Transaction,
  ): Promise<void> {
    const finishing = { id: jobId, token: finishToken(token, transaction) };
    const note = unknown && callToNoteUnroutable(this.keys, finishing, unknown);
    // Inseparable: a server that has forgotten the transition alone would count the offer twice.
    const withNote = note
      ? { ...transaction, before: [...(transaction?.before ?? []), note], isInseparable: true }
      : transaction;
    const options = { skipAttempt: true, transaction: withNote };
    await this.#backend.moveToDelayed(jobId, this.clock.latest(), delay, finishing.token, options);
  }

  /**
   * Claims a job that was unroutable in other processes (B1).
   * @param isKnown whether this process has what a job needs, such as `task:images.resize`
   */
  async claimUnroutable(token: string, isKnown: (needs: string) => boolean): Promise<ClaimReply> {
    const claim = { token, owner: this.uuid, now: this.clock.now() };
    const found = await claimUnroutable(this.client, this.keys, claim, isKnown);
    return toClaimReply(this.keys, token, { claim: found, delayUntil: undefined });
  }

  /** Makes a claimed job that cannot be run a dead letter (B1). */
  async deadLetter(claim: Pick<ClaimedJob, 'id' | 'token'>, reason: string): Promise<void> {
    await deadLetter(this.client, this.keys, claim, reason, this.clock.now());
  }

  /** Stores the children of a claimed job, as far as they are not stored yet. */
  async schedule(claim: ClaimedJob, schedule: Schedule, now: number): Promise<void> {
    await scheduleChildren(this.client, this.keys, claim, schedule, now);
  }

  /**
   * Ends the claim of a job that waits for its dependencies.
   * @returns false where all of them have ended already: the claim goes on
   */
  async suspend(
    { id, token }: Pick<ClaimedJob, 'id' | 'token'>,
    transaction?: Transaction,
  ): Promise<boolean> {
    const options = { transaction } as never;
    return await this.#backend.moveToWaitingChildren(id, finishToken(token, transaction), options);
  }

  /** Abandons the children of a job, fenced by its holder. @throws as `abandonChildren` */
  async abandonChildren(jobId: string, holder: string, end: AbandonEnd = 'last'): Promise<void> {
    await abandonChildren(this.client, this.keys, jobId, holder, end);
  }

  async #finish(
    claim: Pick<ClaimedJob, 'id' | 'token'>,
    end: { value: string } | { failedReason: string },
    fields: DroverFields & { stacktrace?: string },
    { claimNext, transaction }: { claimNext: boolean; transaction: Transaction | undefined },
  ): Promise<ClaimReply | undefined> {
    const token = finishToken(claim.token, transaction);
    const reply = await this.#backend.finish(claim.id, token, end, fields, claimNext, transaction);
    return claimNext ? toClaimReply(this.keys, token, reply) : undefined;
  }

  #callToBeginCallbacks(
    finishing: { id: string; token: string },
    result: StoredResult,
    owner: Owner,
  ): ScriptCall {
    return callToBeginCallbacks(this.keys, finishing, result, owner, this.clock.now());
  }
}

/** Empties `result`, where it is set: BullMQ's own fields have the result of a finished job. */
function doneWith({ result }: Partial<Pick<ClaimedJob, 'result'>>): DroverFields {
  return result ? { result: '' } : {};
}
