// One lane of a queue as dispatchers use it: a claim, and each way in which a claim can end. Each
// end is one script, fenced by the token (I5).
import { clockOf, type RedisClock } from '../../redis/clock.js';
import type { RedisClient } from '../../redis/connection.js';
import type { Failure } from '../../codec/failure.js';
import type { ClaimedJob, ClaimReply, RetryRecord } from '../../model/records.js';
import { preparePuts, putArguments, type RunPut } from './put/commit-puts.js';
import type { Owner } from './run/interrupts.js';
import type { LaneKeys } from './keys.js';
import { LaneReader } from './lane-reader.js';
import { LOCK_DURATION } from './lock.js';
import { toClaimReply } from './run/claim-reply.js';
import type { Schedule } from './children/flow.js';
import { checkReply } from './scripts/refusal.js';
import { runWithBullMq } from './scripts/bullmq-scripts.js';
import { runScript } from './scripts/run-script.js';
import { scheduleChildren } from './children/schedule.js';
import { deadLetter } from './run/dead-letters.js';
import { abandonChildren, type Abandonment } from './children/abandon-children.js';
import { claimUnroutable, type Unroutable } from './run/unroutable.js';

/** The holder of a job: a run, an interrupt or a cancel. */
export type Held = Pick<ClaimedJob, 'id' | 'token'>;

export class LaneStore extends LaneReader {
  /** Redis's clock, as the dispatcher has measured it. */
  readonly clock: RedisClock;

  constructor(
    client: RedisClient,
    keys: LaneKeys,
    private readonly uuid: string,
  ) {
    super(client, keys);
    this.clock = clockOf(client);
  }

  /**
   * Claims the next due job under `token`.
   * @param mayHaveDue whether to look for delayed jobs that are due, where no job is in `wait`
   */
  async claim(token: string, mayHaveDue = true): Promise<ClaimReply> {
    const { base } = this.keys;
    const args = [base, token, this.uuid, this.clock.now(), LOCK_DURATION, mayHaveDue ? 1 : 0];
    const reply = await runWithBullMq(this.client, 'claim', [this.keys.list('wait')], args);
    const due = (reply as [unknown, unknown, number?] | null)?.[2];
    return toClaimReply(this.keys, token, reply, due);
  }

  /**
   * Sets the lane's marker, so that a process that waits for a job looks again. A marker is lost
   * with the process that popped it.
   */
  async wake(): Promise<void> {
    await this.client.zadd(this.keys.marker, 0, '0');
  }

  /**
   * Ends a job with the JSON of its value. Where it has callbacks, stores the value instead, and
   * lets them run (J7): `owner` owns the job meanwhile.
   * @param puts the puts of its run, which are stored in the same step (J6)
   * @param claimNext claim the next job under the same token, in the same round trip
   * @throws StoreRefusal with `PENDING_CHILDREN` where a dependency has not ended
   */
  async complete(
    claim: Held & Partial<Pick<ClaimedJob, 'options'>>,
    value: string,
    owner: Owner,
    { claimNext, puts = [] }: { claimNext: boolean; puts?: readonly RunPut[] | undefined },
  ): Promise<ClaimReply> {
    if (puts.length > 0) await preparePuts(this.client, this.keys.prefix, puts);
    const isPlain = puts.length === 0 && claim.options?.quotas === undefined;
    const more = isPlain ? [] : ['', '', '', 0, ...putArguments(this.keys, puts)];
    return await this.#finish(claim, owner, claimNext, value, more);
  }

  /**
   * Ends a job as failed. Where it has callbacks, stores the failure instead, and lets them run:
   * `owner` owns the job meanwhile.
   * @param stopsNone the failure stops no composite: the cancel of this job ends those too
   */
  async fail(
    claim: Held,
    failure: Failure,
    owner: Owner,
    { claimNext, stopsNone = false }: { claimNext: boolean; stopsNone?: boolean },
  ): Promise<ClaimReply> {
    const { message, stack = message } = failure;
    // BullMQ's dashboards show the stack.
    const more = [JSON.stringify(failure), message, JSON.stringify([stack]), stopsNone ? 1 : 0];
    return await this.#finish(claim, owner, claimNext, '', more);
  }

  /** Lets a job run again: at the head of the queue, or when `delay` ms have passed. */
  async retry(claim: Held, delay: number, { policyData, retries }: RetryRecord): Promise<void> {
    const fields = ['policyData', JSON.stringify(policyData)];
    if (retries !== undefined) fields.push('retries', String(retries));
    await this.#putBack(claim, delay, 'slots', '', fields);
  }

  /** Gives back a claim that was not started: to the head of the queue, unchanged (I1). */
  async putBack(claim: Held): Promise<void> {
    await this.#putBack(claim, 0, '', '');
  }

  /**
   * Gives back a claim for `delay` ms.
   * @param unknown why the job is unroutable here, which is stored (B1); undefined: it is not due
   */
  async postpone(
    claim: Held,
    { delay, unknown }: { delay: number; unknown?: Unroutable | undefined },
  ): Promise<void> {
    await this.#putBack(claim, delay, 'slots', unknown ? JSON.stringify(unknown) : '');
  }

  /**
   * Claims a job that was unroutable in other processes (B1).
   * @param isKnown whether this process has what a job needs, such as `task:images.resize`
   */
  async claimUnroutable(token: string, isKnown: (needs: string) => boolean): Promise<ClaimReply> {
    const claim = { token, owner: this.uuid, now: this.clock.now() };
    const found = await claimUnroutable(this.client, this.keys, claim, isKnown);
    return toClaimReply(this.keys, token, found);
  }

  /** Makes a claimed job that cannot be run a dead letter (B1). */
  async deadLetter(claim: Held, reason: string): Promise<void> {
    await deadLetter(this.client, this.keys, claim, reason, this.clock.now());
  }

  /** Stores the children of a claimed job, as far as they are not stored yet. */
  async schedule(claim: ClaimedJob, schedule: Schedule, now: number): Promise<void> {
    await scheduleChildren(this.client, this.keys, claim, schedule, now);
  }

  /**
   * Ends the claim of a job that waits for its dependencies; `owner` owns it meanwhile. Where all
   * of them have ended already, it runs again.
   * @param lookAgain ms after which it runs again then; 0: at once
   */
  async suspend({ id, token }: Held, { uuid, epoch }: Owner, lookAgain = 0): Promise<void> {
    const owner = `${uuid}:${epoch}`;
    const args = [id, this.keys.base, token, owner, this.clock.now(), lookAgain];
    checkReply(await runScript(this.client, 'suspend', [this.keys.job(id)], args), id);
  }

  /** Abandons the children of a job, fenced by its holder. @throws as `abandonChildren` */
  async abandonChildren(id: string, holder: string, why: Abandonment): Promise<void> {
    await abandonChildren(this.client, { id, keys: this.keys }, holder, why);
  }

  async #finish(
    { id, token }: Held,
    { uuid, epoch }: Owner,
    claimNext: boolean,
    value: string,
    more: readonly (string | number)[],
  ): Promise<ClaimReply> {
    const { base } = this.keys;
    const head = [id, base, token, uuid, epoch, this.clock.now(), LOCK_DURATION];
    const args = [...head, claimNext ? 1 : 0, value, ...more];
    const reply = await runWithBullMq(this.client, 'finish', [this.keys.job(id)], args);
    if (reply === 'callbacks') return { inCallbacks: true };
    checkReply(reply, id);
    return toClaimReply(this.keys, token, reply);
  }

  async #putBack(
    { id, token }: Held,
    delay: number,
    freed: 'slots' | '',
    unknown: string,
    fields: readonly string[] = [],
  ): Promise<void> {
    const args = [id, this.keys.base, token, delay, freed, unknown, ...fields];
    checkReply(await runScript(this.client, 'putBack', [this.keys.job(id)], args), id);
  }
}
