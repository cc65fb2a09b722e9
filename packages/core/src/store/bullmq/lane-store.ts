// One lane of a queue as dispatchers use it: claim, and every way in which a claim can end. All of
// it is fenced (I5), and each end may have scripts transaction: they run in one MULTI with it.
import { clockOf, type RedisClock } from '../../redis/clock.js';
import type { RedisClient } from '../../redis/connection.js';
import type { Failure } from '../../codec/failure.js';
import type { PolicyData } from '../../model/retry/policy.js';
import type {
  ClaimedJob,
  ClaimReply,
  FinishOptions,
  RetryRecord,
  StoredJob,
  StoredResult,
} from '../../model/records.js';
import { runTogether, type Transaction } from './scripts/transaction.js';
import { callToBeginCallbacks } from './run/callbacks.js';
import { DamagedRecord, isObject, parsed } from './damaged.js';
import { readBeginDeadline } from './put/deadlines.js';
import type { DroverFields } from './fields.js';
import { stopsItsParent, toClaimedJob } from './job-records.js';
import type { Owner } from './run/interrupts.js';
import type { LaneKeys } from './keys.js';
import { LaneBackend, type RawReply } from './lane-backend.js';
import { readJob, readJoined } from './read/read.js';
import type { Schedule } from './children/flow.js';
import { checkReply, RefusalCode, refusalCode } from './scripts/refusal.js';
import { defineScript, runScript } from './scripts/run-script.js';
import { scheduleBelow } from './children/schedule.js';
import { deadLetter } from './run/dead-letters.js';
import { callToStop } from './children/stop.js';
import { abandonChildren, type AbandonEnd } from './children/abandon-children.js';
import { callToNoteUnroutable, claimUnroutable, type Unroutable } from './run/unroutable.js';

export class LaneStore {
  readonly #backend: LaneBackend;
  /** Redis's, as the dispatcher has measured it. */
  readonly clock: RedisClock;

  constructor(
    private readonly client: RedisClient,
    readonly keys: LaneKeys,
    private readonly uuid: string,
  ) {
    this.#backend = new LaneBackend(client, keys, uuid);
    this.clock = clockOf(client);
  }

  /**
   * Claims the next due job under `token`.
   * @param mayHaveDue whether to look for delayed jobs that have become due, where nothing waits
   */
  async claim(token: string, mayHaveDue = true): Promise<ClaimReply> {
    return this.#toClaimReply(await this.#backend.claim(token, this.uuid, mayHaveDue), token);
  }

  /**
   * Wakes whoever waits for a job of this lane: word of one may be lost with the process that took
   * it.
   */
  async wake(): Promise<void> {
    await this.client.zadd(this.keys.marker, 0, '0');
  }

  /**
   * Finishes a job with the JSON of its value. Answers as a claim does, where it was told to claim
   * the next one.
   * @throws StoreRefusal with `CALLBACKS_ADDED` where callbacks are to run first
   */
  complete(
    claim: ClaimedJob,
    value: string,
    options: FinishOptions,
  ): Promise<ClaimReply | undefined> {
    const isPlain = !claim.hasDependents && claim.waitingOwner === undefined;
    const transaction = isPlain
      ? options.transaction
      : this.#withAfterFinish(claim.id, options.transaction);
    return this.#finish(claim, { value }, doneWith(claim), {
      claimNext: options.claimNext,
      transaction,
    });
  }

  /**
   * Finishes a job as failed; or, where it has callbacks, stores the failure and lets them run, for
   * `owner`.
   */
  async fail(
    claim: Pick<ClaimedJob, 'id' | 'token'> & Partial<Pick<ClaimedJob, 'result' | 'stops'>>,
    failure: Failure,
    owner: Owner,
    options: FinishOptions,
  ): Promise<ClaimReply | undefined> {
    // BullMQ looks for callbacks, as it does before it completes a job, only where the job has not
    // failed.
    const finishing = { id: claim.id, token: finishToken(claim.token, options.transaction) };
    const first = callToBeginCallbacks(
      this.keys,
      finishing,
      { failure: failure.toJSON() },
      owner,
      this.clock.now(),
    );
    const before = [...(options.transaction?.before ?? []), first];
    // It may have been linked below another one since it was claimed.
    const mayStop = options.stopsNone !== true;
    const stops =
      mayStop &&
      (claim.stops || stopsItsParent(await this.client.hget(this.keys.job(claim.id), 'parent')));
    if (stops) before.push(callToStop(this.keys, finishing, failure));
    const transaction = this.#withAfterFinish(claim.id, { ...options.transaction, before });
    const fields = {
      ...doneWith(claim),
      failure: JSON.stringify(failure),
      // As BullMQ's dashboards show it.
      stacktrace: JSON.stringify([failure.stack ?? failure.message]),
    };
    try {
      return await this.#finish(claim, { failedReason: failure.message }, fields, {
        ...options,
        transaction,
      });
    } catch (error) {
      if (refusalCode(error) !== RefusalCode.CALLBACKS_BEGUN) throw error;
      return { inCallbacks: true };
    }
  }

  /**
   * Stores the result of a job and lets its callbacks run, for `owner`. False: it has none, and is
   * finished as any job.
   * @throws StoreRefusal with `PENDING_CHILDREN` where something below it has not ended
   */
  async beginCallbacks(
    claim: Pick<ClaimedJob, 'id' | 'token'>,
    result: StoredResult,
    owner: Owner,
    transaction?: Transaction,
  ): Promise<boolean> {
    const finishing = { id: claim.id, token: finishToken(claim.token, transaction) };
    const { script, keys, args } = callToBeginCallbacks(
      this.keys,
      finishing,
      result,
      owner,
      this.clock.now(),
    );
    const reply = transaction
      ? await runTogether(
          this.client,
          { command: defineScript(this.client, script), args: [...keys, ...args] },
          transaction,
        )
      : await runScript(this.client, script, keys, args);
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
    if (delay > 0)
      await this.#backend.moveToDelayed(
        jobId,
        this.clock.latest(),
        delay,
        finishToken(token, transaction),
        options,
      );
    else await this.#backend.retryJob(jobId, true, finishToken(token, transaction), options);
  }

  /** Gives back a claim that was not started: to the head of the queue, unchanged (I1). */
  async putBack(jobId: string, token: string): Promise<void> {
    await this.#backend.moveJobFromActiveToWait(jobId, token);
  }

  /**
   * Gives back a claim for `delay` ms: it is not due, or something is unknown here, which is
   * written down (B1).
   */
  async postpone(
    jobId: string,
    token: string,
    { delay, unknown }: { delay: number; unknown?: Unroutable | undefined },
    given?: Transaction,
  ): Promise<void> {
    const finishing = { id: jobId, token: finishToken(token, given) };
    const before = unknown && [
      ...(given?.before ?? []),
      callToNoteUnroutable(this.keys, finishing, unknown),
    ];
    // Where the server has forgotten the transition alone, all would be done again: it would count
    // twice.
    const transaction = before ? { ...given, before, isInseparable: true } : given;
    const options = { skipAttempt: true, transaction };
    await this.#backend.moveToDelayed(jobId, this.clock.latest(), delay, finishing.token, options);
  }

  /**
   * Claims a job that other processes could not run, where `isKnown` says that what it needs is
   * here (B1).
   */
  async claimUnroutable(token: string, isKnown: (needs: string) => boolean): Promise<ClaimReply> {
    const claim = { token, owner: this.uuid, now: this.clock.now() };
    return this.#toClaimReply(
      {
        claim: await claimUnroutable(this.client, this.keys, claim, isKnown),
        delayUntil: undefined,
      },
      token,
    );
  }

  /** Sets a claimed job aside that cannot be run (B1). */
  async deadLetter(claim: Pick<ClaimedJob, 'id' | 'token'>, reason: string): Promise<void> {
    await deadLetter(this.client, this.keys, claim, reason, this.clock.now());
  }

  /** Puts the jobs that a job waits for below it, as far as they are not there yet. */
  async schedule(claim: ClaimedJob, schedule: Schedule, now: number): Promise<void> {
    await scheduleBelow(this.client, this.keys, claim, schedule, now);
  }

  /** Lets a job wait for those below it. False: all have ended already, and the claim goes on. */
  async suspend(
    { id, token }: Pick<ClaimedJob, 'id' | 'token'>,
    transaction?: Transaction,
  ): Promise<boolean> {
    return await this.#backend.moveToWaitingChildren(id, finishToken(token, transaction), {
      transaction,
    } as never);
  }

  /**
   * Takes back what stands below a job that ends without it, fenced by its holder; the job is woken
   * if it waits. 'stop': what waits for jobs of its own has started, and goes on. 'reset': the job
   * forgets that it waited for them.
   */
  async abandonChildren(jobId: string, holder: string, end: AbandonEnd = 'last'): Promise<void> {
    await abandonChildren(this.client, this.keys, jobId, holder, end);
  }

  async read(jobId: string): Promise<StoredJob | undefined> {
    return await readJob(this.client, this.keys, jobId);
  }

  /**
   * Jobs that another one of this lane waits for, by name: their results alone, or all that their
   * handles show.
   */
  async readJoined(
    names: readonly string[],
    what: 'results' | 'handles',
  ): Promise<(StoredJob | undefined)[]> {
    return await readJoined(this.client, this.keys, names, what);
  }

  /** Whether a job still waits for one of these, by name. */
  async waitsFor(jobId: string, names: readonly string[]): Promise<boolean> {
    const jobKeys = names.map((name) => this.keys.named(name)).map(({ id, keys }) => keys.job(id));
    const found = await this.client.smismember(`${this.keys.job(jobId)}:dependencies`, ...jobKeys);
    return found.includes(1);
  }

  /**
   * By when a job must have begun, in milliseconds since 1970; undefined: there is no limit (Q2).
   */
  async beginDeadline(jobId: string): Promise<number | undefined> {
    return await readBeginDeadline(this.client, this.keys, jobId);
  }

  /** The token that holds a job now. */
  async holder(jobId: string): Promise<string | undefined> {
    return (await this.client.get(this.keys.lock(jobId))) ?? undefined;
  }

  /** The owner of a waiting job now: a dispatcher's activation, or the id of an interrupt. */
  async waitingOwner(jobId: string): Promise<string | undefined> {
    return (await this.client.hget(this.keys.job(jobId), 'waitingOwner')) ?? undefined;
  }

  /** How many chunks of the jobs that a job waits for are scheduled. */
  async scheduledChunks(jobId: string): Promise<number> {
    return Number((await this.client.hget(this.keys.job(jobId), 'scheduledChunks')) ?? 0);
  }

  /** What the policy of a job has kept on it. */
  async policyData(jobId: string): Promise<PolicyData> {
    const json = await this.client.hget(this.keys.job(jobId), 'policyData');
    return parsed('policyData', json ?? undefined, isObject<PolicyData>) ?? {};
  }

  async #finish(
    claim: Pick<ClaimedJob, 'id' | 'token'>,
    end: { value: string } | { failedReason: string },
    fields: DroverFields & { stacktrace?: string },
    { claimNext, transaction }: FinishOptions,
  ): Promise<ClaimReply | undefined> {
    const token = finishToken(claim.token, transaction);
    const reply = await this.#backend.finish(claim.id, token, end, fields, claimNext, transaction);
    // Without a claim it says nothing about the lane.
    return claimNext ? this.#toClaimReply(reply, token) : undefined;
  }

  /**
   * What a finish has transaction where others wait for the job besides the one that it stands below
   * (J5).
   */
  #withAfterFinish(jobId: string, transaction: Transaction = {}): Transaction {
    const call = {
      script: 'afterFinish',
      keys: [this.keys.job(jobId)],
      args: [this.clock.now()],
      asText: true,
    } as const;
    return { ...transaction, after: [...(transaction.after ?? []), call] };
  }

  #toClaimReply({ claim, delayUntil }: RawReply, token: string): ClaimReply {
    if (!claim) return { job: undefined, delayUntil };
    try {
      return { job: toClaimedJob(this.keys, claim.id, token, claim.fields), delayUntil };
    } catch (error) {
      if (!(error instanceof DamagedRecord)) throw error;
      return {
        job: undefined,
        delayUntil,
        damaged: { id: claim.id, token, reason: error.message },
      };
    }
  }
}

/** BullMQ's own fields have the result of a finished job: it is not kept twice. */
function doneWith({ result }: Partial<Pick<ClaimedJob, 'result'>>): DroverFields {
  return result ? { result: '' } : {};
}

/**
 * The token that a transition is sent with: what runs before it may have moved the lock to another
 * one.
 */
function finishToken(token: string, transaction: Transaction | undefined): string {
  return transaction?.finishToken ?? token;
}

/** Word of a job in one of the lanes that were waited for. */
export interface DueJob {
  /** Which lane: its place among those that were given. */
  lane: number;
  /** Milliseconds since 1970 at which a delayed job is due; 0 for at once. */
  due: number;
}

/**
 * Waits until there may be a job to claim in one of these lanes.
 * @param blockingClient the connection to wait on
 * @param timeout ms
 * @returns undefined when the time ran out
 */
export async function waitForJob(
  blockingClient: RedisClient,
  lanes: readonly LaneKeys[],
  timeout: number,
): Promise<DueJob | undefined> {
  const markers = lanes.map(({ marker }) => marker);
  const popped = await blockingClient.bzpopmin(...markers, Math.max(timeout, 2) / 1000);
  return popped ? { lane: markers.indexOf(popped[0]), due: Number(popped[2]) } : undefined;
}
