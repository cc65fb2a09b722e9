// Recovery in Redis: the claims and waits that nothing else would end, and what keeps the queues
// complete. See `RecoveryStore` for the promise of each call.
import { chunksOf } from '../../../lib/chunks.js';
import { MAIN_LANE, PACK_TASK, SYSTEM_LANE, SystemTaskName } from '../../../lib/names.js';
import type { FailureData } from '../../../codec/failure.js';
import type {
  ActiveClaim,
  EndedActivations,
  HeldJob,
  KeepCompleted,
  LocatedJob,
  RecoveryStore,
} from '../../../model/stores.js';
import { DamagedRecord } from '../../../model/store-errors.js';
import { clockOf } from '../../../redis/clock.js';
import type { RedisClient } from '../../../redis/connection.js';
import { DispatcherKeys, LaneKeys } from '../keys.js';
import { LaneReader } from '../lane-reader.js';
import { RedisLane } from '../redis-lane.js';
import { lanesWithOwn } from '../put/lanes.js';
import { expectReadable, orUndefined, parsed } from '../record-checks.js';
import { referenceTo } from '../run/system-job.js';
import { sweepKeys } from '../run/sweep-keys.js';
import { sweepQuotas, type SweepPlaces } from '../run/quotas.js';
import { runScript, type ScriptName } from '../scripts/run-script.js';
import { typed } from '../scripts/store-errors.js';
import { trimCompleted } from './retention.js';

/** One call reads so many claims, which takes Redis a millisecond or two. */
const CLAIMS_PAGE = 200;
/** One call looks at so many waiting jobs, or jobs of a system lane. */
const MAX_JOBS = 1_000;
/** One script call looks at so many. */
const PAGE = 100;

export class RedisRecovery implements RecoveryStore {
  readonly #sweepPlaces: SweepPlaces = new Map();

  /** @param uuid the dispatcher that recovers */
  constructor(
    private readonly client: RedisClient,
    private readonly prefix: string,
    private readonly uuid: string,
  ) {}

  lanes(queue: string, own: readonly string[]): Promise<string[]> {
    return typed(() => lanesWithOwn(this.client, this.prefix, queue, own));
  }

  async claims(queue: string, lane: string): Promise<ActiveClaim[]> {
    const keys = this.#keys(queue, lane);
    const claims: ActiveClaim[] = [];
    for (let start = 0; ; start += CLAIMS_PAGE) {
      const args = [keys.base, start, start + CLAIMS_PAGE - 1];
      const reply = await this.#run<string[]>('activeClaims', [keys.list('active')], args);
      const looked = Number(reply.pop());
      for (const [id = '', token = '', task = '', claimedAt] of chunksOf(reply, 4))
        claims.push({
          ...{ queue, lane, id, token, task },
          claimedAt: Number(claimedAt),
          isPack: task === PACK_TASK,
        });
      // The list has the newest first, also among the claims of one millisecond.
      if (looked < CLAIMS_PAGE) return claims.reverse().sort((a, b) => a.claimedAt - b.claimedAt);
    }
  }

  async hasHolder({ queue, id, token }: HeldJob): Promise<boolean> {
    if (token === '') return false;
    if (!token.startsWith(`${id}.interrupt.`) && !token.startsWith(`${id}.cancel.`)) return true;
    // A decision removes the lock before the system job ends. If it has ended and holds the lock
    // all the same, Redis has lost the decision.
    const systemJob = this.#keys(queue, SYSTEM_LANE).job(token);
    const [name, finishedOn] = await typed(() =>
      this.client.hmget(systemJob, 'name', 'finishedOn'),
    );
    return name !== null && finishedOn === null;
  }

  async interrupt(job: HeldJob): Promise<string | undefined> {
    expectJob(job);
    const { queue, lane, id, token, task } = job;
    const keys = this.#keys(queue, lane);
    const args = [token, id, ...this.#handleInterrupt(keys, id, task)];
    const scriptKeys = [keys.job(id), keys.lock(id)];
    return (await this.#run<string | null>('interruptActive', scriptKeys, args)) ?? undefined;
  }

  async putBack(job: HeldJob): Promise<void> {
    expectJob(job);
    await this.#lane(job).putBack(job);
  }

  deadLetter(job: HeldJob, reason: string): Promise<void> {
    return this.#lane(job).deadLetter(job, reason);
  }

  async waitingOf(uuid: string): Promise<LocatedJob[]> {
    const owned = new DispatcherKeys(this.prefix).owned(uuid);
    const members = await typed(() => this.client.zrange(owned, 0, '-1'));
    const jobs = members.map((member) => orUndefined(() => parsed('member', member, isMember)));
    // A foreign member of the set must not stop the cleanup.
    return jobs
      .filter((job) => job !== undefined)
      .map(({ queue, lane, jobId: id }) => ({ queue, lane, id }));
  }

  async interruptWaiting(
    { queue, lane, id }: LocatedJob,
    { uuid, maxEpoch }: EndedActivations,
  ): Promise<{ interruptId: string; task: string } | undefined> {
    const now = this.#now();
    const keys = this.#keys(queue, lane);
    const task = (await typed(() => this.client.hget(keys.job(id), 'name'))) ?? '';
    const args = [
      ...[JSON.stringify({ queue, lane, jobId: id } satisfies Member), uuid, maxEpoch, id],
      ...this.#handleInterrupt(keys, id, task, now),
    ];
    const owned = new DispatcherKeys(this.prefix).owned(uuid);
    const scriptKeys = [keys.job(id), keys.list('waiting-children'), owned];
    const interruptId = await this.#run<string | null>('interruptWaiting', scriptKeys, args);
    return interruptId === null ? undefined : { interruptId, task };
  }

  async lossOf(
    { queue, lane, id }: LocatedJob,
    token: string,
  ): Promise<{ cancelled?: FailureData } | undefined> {
    const reader = new LaneReader(this.client, this.#keys(queue, lane));
    const [holder, job] = await typed(() => Promise.all([reader.holder(id), reader.read(id)]));
    const { why, failure } = job?.verdict ?? {};
    return holder === token ? undefined : { cancelled: why === 'cancelled' ? failure : undefined };
  }

  async wake(queue: string, lane: string): Promise<void> {
    await typed(() => this.client.zadd(this.#keys(queue, lane).marker, 0, '0'));
  }

  sweepQuotas(queue: string): Promise<void> {
    return typed(() => sweepQuotas(this.client, this.#keys(queue, MAIN_LANE), this.#sweepPlaces));
  }

  sweepKeys(queue: string): Promise<void> {
    return typed(() => sweepKeys(this.client, this.#keys(queue, MAIN_LANE)));
  }

  async settleGone(queue: string, lane: string, turn: number): Promise<void> {
    const keys = this.#keys(queue, lane);
    const waiting = keys.list('waiting-children');
    const count = await typed(() => this.client.zcard(waiting));
    if (count === 0) return;
    // Where more jobs wait than one call takes, the next call goes on after them.
    const first = count > MAX_JOBS ? (turn * MAX_JOBS) % count : 0;
    await this.#runInPages('settleGone', waiting, [keys.base, keys.root], first);
  }

  async forgetPacks(queue: string, lane: string, turn: number): Promise<void> {
    const keys = this.#keys(queue, lane);
    await this.#run('forgetPacks', [keys.list('packs')], [keys.base, turn]);
  }

  async restoreSystemJobs(queue: string): Promise<LocatedJob[]> {
    const keys = this.#keys(queue, SYSTEM_LANE);
    const args = [keys.base, keys.root, this.#now()];
    // The oldest ones. Later ones follow when these are decided.
    const restored = await this.#runInPages('restoreUndecided', keys.list('undecided'), args, 0);
    return restored.map((id) => ({ queue, lane: SYSTEM_LANE, id }));
  }

  async openSystemLane(queue: string): Promise<boolean> {
    const keys = this.#keys(queue, SYSTEM_LANE);
    return (await this.#run('openSystemLane', [keys.list('meta')], [keys.base])) === 1;
  }

  async mayTrim(queue: string, lease: number): Promise<boolean> {
    const key = `${this.prefix}:${queue}:retention`;
    const ms = Math.ceil(lease);
    return (await typed(() => this.client.set(key, this.uuid, 'PX', ms, 'NX'))) === 'OK';
  }

  trimCompleted(
    queue: string,
    lanes: readonly string[],
    keep: KeepCompleted,
    mayGoOn: () => boolean,
  ): Promise<number> {
    return typed(() => trimCompleted(this.client, this.prefix, queue, lanes, keep, mayGoOn));
  }

  #lane({ queue, lane }: LocatedJob): RedisLane {
    return new RedisLane(this.client, this.#keys(queue, lane), this.uuid);
  }

  #keys(queue: string, lane: string): LaneKeys {
    return new LaneKeys(this.prefix, queue, lane);
  }

  /** Never ahead of Redis's clock. */
  #now(): number {
    return clockOf(this.client).now();
  }

  /** The arguments of the scripts that put a `handleInterrupt` job. */
  #handleInterrupt(keys: LaneKeys, id: string, task: string, now = this.#now()) {
    const reference = JSON.stringify(referenceTo(keys, id, task));
    return [reference, keys.system.base, SystemTaskName.HANDLE_INTERRUPT, '{}', now];
  }

  #run<R>(
    script: ScriptName,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<R> {
    return typed(async () => (await runScript(this.client, script, keys, args)) as R);
  }

  /** Calls a script for the members of a sorted set, and joins its replies. */
  async #runInPages(
    script: ScriptName,
    set: string,
    args: readonly (string | number)[],
    first: number,
  ): Promise<string[]> {
    const last = String(first + MAX_JOBS - 1);
    const ids = await typed(() => this.client.zrange(set, first, last));
    const found: string[] = [];
    for (const page of chunksOf(ids, PAGE))
      found.push(...(await this.#run<string[]>(script, [set], [...args, ...page])));
    return found;
  }
}

/** @throws DamagedRecord */
function expectJob({ id, task }: HeldJob): void {
  expectReadable(id);
  if (task === '')
    throw new DamagedRecord('the record under its id is not a job, or cannot be claimed');
}

/** A member of an owner's set of waiting jobs. */
interface Member {
  queue: string;
  lane: string;
  jobId: string;
}

function isMember(value: unknown): value is Member {
  const { queue, lane, jobId } = (value ?? {}) as Partial<Member>;
  return [queue, lane, jobId].every((part) => typeof part === 'string' && part !== '');
}
