// One lane of a queue in Redis: see `LaneStore` for the promise of each call.
import { clockOf, type RedisClock } from '../../redis/clock.js';
import type { RedisClient } from '../../redis/connection.js';
import type { Failure, FailureData } from '../../codec/failure.js';
import type {
  Abandonment,
  FailOptions,
  Hand,
  HandReply,
  Held,
  LaneStore,
  Owner,
  RunPut,
  Schedule,
  Unroutable,
} from '../../model/lane-store.js';
import type { ClaimedJob, ClaimReply, RetryRecord } from '../../model/records.js';
import type { PolicyData } from '../../model/retry/policy.js';
import type { LocatedJob } from '../../model/stores.js';
import { preparePuts, putArguments } from './put/commit-puts.js';
import type { LaneKeys } from './keys.js';
import { LaneReader } from './lane-reader.js';
import { LOCK_DURATION } from './lock.js';
import { toClaimReply } from './run/claim-reply.js';
import { checkReply } from './scripts/refusal.js';
import { runWithBullMq } from './scripts/bullmq-scripts.js';
import { runScript, type ScriptName } from './scripts/run-script.js';
import { throwTyped, typed } from './scripts/store-errors.js';
import { scheduleChildren } from './children/schedule.js';
import { takeTree } from './children/cancel.js';
import { abandonChildren } from './children/abandon-children.js';
import { claimUnroutable } from './run/unroutable.js';
import { TaskClaims } from './run/claim-tasks.js';
import { annotate } from './run/annotate.js';
import { sendHand } from './run/hand.js';
import { StepRecorder } from './run/record-steps.js';

export class RedisLane extends LaneReader implements LaneStore {
  readonly clock: RedisClock;
  readonly #steps: StepRecorder;
  /** Undefined: it claims jobs of all tasks. */
  readonly #tasks: TaskClaims | undefined;

  /**
   * @param by the dispatcher and the agent that claim: `<uuid>/<agent>`; recovery has no agent
   * @param tasks those of the agent (D9); undefined: all
   */
  constructor(
    client: RedisClient,
    keys: LaneKeys,
    private readonly by: string,
    tasks?: readonly string[],
  ) {
    super(client, keys);
    this.clock = clockOf(client);
    this.#tasks = tasks && new TaskClaims(client, keys, by, tasks, this.clock);
    this.#steps = new StepRecorder(client, keys);
  }

  async claim(token: string, mayHaveDue = true, takesPacks = false): Promise<ClaimReply> {
    if (this.#tasks) return await this.#tasks.claim(token);
    const args = [this.keys.base, this.by, this.clock.now(), LOCK_DURATION];
    args.push(mayHaveDue ? 1 : 0, takesPacks ? 1 : 0, token);
    const wait = [this.keys.list('wait')];
    const reply = await runWithBullMq(this.client, 'claim', wait, args).catch(throwTyped);
    const due = (reply as [unknown, unknown, number?] | null)?.[2];
    return await toClaimReply(this.client, this.keys, token, reply, due);
  }

  async claimUnroutable(token: string, isKnown: (needs: string) => boolean): Promise<ClaimReply> {
    const claim = { token, owner: this.by, now: this.clock.now() };
    const isOurs = (needs: string) => this.#tasks?.takes(needs) !== false && isKnown(needs);
    const found = await typed(() => claimUnroutable(this.client, this.keys, claim, isOurs));
    return await toClaimReply(this.client, this.keys, token, found);
  }

  hand(hand: Hand): Promise<HandReply> {
    const by = { uuid: this.by, now: this.clock.now() };
    if (!this.#tasks) return sendHand(this.client, this.keys, hand, by);
    // The script would claim the next job of the lane, of whatever task.
    const ended = sendHand(this.client, this.keys, { ...hand, tokens: [] }, by);
    return ended.then((reply) => ({ ...reply, areLeft: true }));
  }

  recordStep(pack: Held, position: number, value: string): Promise<boolean> {
    return this.#steps.record(pack, position, value);
  }

  async takeSlots(
    { id, token }: Held,
    starts = true,
    onOpening?: (ms: number) => void,
  ): Promise<'taken' | 'parked' | { unknown: string }> {
    const reply = await this.#send('takeQuotas', id, [token, this.keys.base, id, starts ? 1 : 0]);
    if (typeof reply === 'string') return { unknown: reply };
    const [done, opensIn] = Array.isArray(reply) ? (reply as number[]) : [reply];
    if (opensIn !== undefined) onOpening?.(Number(opensIn));
    return done === 1 ? 'taken' : 'parked';
  }

  async complete(
    claim: Held,
    value: string,
    owner: Owner,
    puts: readonly RunPut[] = [],
  ): Promise<void> {
    const ready = puts.length > 0 ? await preparePuts(this.client, this.keys, puts) : puts;
    await this.#finish(claim, owner, [value, '', '', '', 0, 0, ...putArguments(this.keys, ready)]);
  }

  async fail(
    claim: Held,
    failure: Failure,
    owner: Owner,
    { stopsNone = false, isUnrun = false }: FailOptions = {},
  ): Promise<void> {
    const { message, stack = message } = failure;
    // BullMQ's dashboards show the stack.
    const how = [JSON.stringify(failure), message, JSON.stringify([stack])];
    await this.#finish(claim, owner, ['', ...how, stopsNone ? 1 : 0, isUnrun ? 1 : 0]);
  }

  async retry(claim: Held, delay: number, { policyData, retries }: RetryRecord): Promise<void> {
    const dueAt = Math.ceil(this.clock.latest() + delay);
    const fields = ['dueAt', String(dueAt), 'policyData', JSON.stringify(policyData)];
    if (retries !== undefined) fields.push('retries', String(retries));
    await this.#putBack(claim, delay, 'slots', { fields });
  }

  async closeLimits(claim: Held, ms: number): Promise<void> {
    await this.#putBack(claim, 0, 'slots', { closesFor: Math.ceil(ms) });
  }

  async putBack(claim: Held): Promise<void> {
    await this.#putBack(claim, 0, '');
  }

  async postpone(
    claim: Held,
    { delay, unknown }: { delay: number; unknown?: Unroutable | undefined },
  ): Promise<void> {
    await this.#putBack(claim, delay, 'slots', { unknown: unknown && JSON.stringify(unknown) });
  }

  async deadLetter({ id, token }: Held, reason: string): Promise<void> {
    await this.#write('deadLetter', id, [token, reason, this.clock.now()]);
  }

  async schedule(claim: ClaimedJob, schedule: Schedule, now: number): Promise<void> {
    await typed(() => scheduleChildren(this.client, this.keys, claim, schedule, now));
  }

  async suspend({ id, token }: Held, { uuid, epoch }: Owner, lookAgain = 0): Promise<void> {
    const owner = `${uuid}:${epoch}`;
    await this.#write('suspend', id, [token, owner, this.clock.now(), lookAgain]);
  }

  async waitOn(
    { id, token }: Held,
    { uuid, epoch }: Owner,
    decided?: { policyData: PolicyData; delay: number },
  ): Promise<void> {
    const policyData = decided ? JSON.stringify(decided.policyData) : '';
    const notBefore = decided && decided.delay > 0 ? this.clock.latest() + decided.delay : '';
    await this.#write('ownWaiting', id, [token, `${uuid}:${epoch}`, policyData, notBefore]);
  }

  async abandonChildren({ id, token }: Held, why: Abandonment): Promise<void> {
    await typed(() => abandonChildren(this.client, { id, keys: this.keys }, token, why));
  }

  async takeCancelled({ id, token }: Held, failure: FailureData): Promise<LocatedJob[][]> {
    const job = { id, keys: this.keys };
    const levels = await typed(() => takeTree(this.client, job, token, JSON.stringify(failure)));
    return levels.map((level) =>
      level.map(({ id, keys: { queue, lane } }) => ({ id, queue, lane })),
    );
  }

  async annotate({ id, token }: Held, name: string, json: string): Promise<void> {
    await typed(() => annotate(this.client, this.keys, id, name, json, token));
  }

  async readOnce({ id, token }: Held, key: string): Promise<string | undefined> {
    const json = await this.#send('readOnce', id, [token, key]);
    return (json as string | null) ?? undefined;
  }

  async writeOnce(
    { id, token }: Held,
    key: string,
    json: string,
    puts: readonly RunPut[],
  ): Promise<void> {
    const ready = await typed(() => preparePuts(this.client, this.keys, puts));
    await this.#send('writeOnce', id, [token, key, json, ...putArguments(this.keys, ready)]);
  }

  async #finish(
    { id, token }: Held,
    { uuid, epoch }: Owner,
    how: readonly (string | number)[],
  ): Promise<void> {
    const args = [id, this.keys.base, token, uuid, epoch, this.clock.now(), ...how];
    const key = [this.keys.job(id)];
    checkReply(await runWithBullMq(this.client, 'finish', key, args).catch(throwTyped), id);
  }

  async #putBack(
    { id, token }: Held,
    delay: number,
    freed: 'slots' | '',
    {
      unknown = '',
      closesFor = '',
      fields = [],
    }: {
      unknown?: string | undefined;
      closesFor?: number | '';
      fields?: readonly string[];
    } = {},
  ): Promise<void> {
    const how = [token, delay, this.clock.latest(), freed, unknown, closesFor];
    await this.#write('putBack', id, [...how, ...fields]);
  }

  /** Runs a script whose first arguments are the id of the job and the base of the lane. */
  async #write(script: ScriptName, id: string, args: readonly (string | number)[]): Promise<void> {
    await this.#send(script, id, [id, this.keys.base, ...args]);
  }

  /** Runs a script of one job. @throws Refused, DamagedRecord */
  async #send(
    script: ScriptName,
    id: string,
    args: readonly (string | number)[],
  ): Promise<unknown> {
    const keys = [this.keys.job(id)];
    const reply = await runScript(this.client, script, keys, args).catch(throwTyped);
    checkReply(reply, id);
    return reply;
  }
}
