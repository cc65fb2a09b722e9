// Interrupting what a stopped or dead dispatcher owned, and what becomes of it: the store's side of
// handleInterrupt.
import type { RedisClient } from '../../../redis/connection.js';
import type { FailureData } from '../../../codec/failure.js';
import { HANDLE_INTERRUPT } from '../../../lib/names.js';
import type { PolicyData } from '../../../model/retry/policy.js';
import { DamagedRecord, orUndefined, parsed } from '../damaged.js';
import { DispatcherKeys, LaneKeys } from '../keys.js';
import { checkReply } from '../scripts/refusal.js';
import { runScript } from '../scripts/run-script.js';

/** A claim as it stands in a lane's active list. */
export interface ActiveClaim {
  jobId: string;
  token: string;
  task: string;
  /** Milliseconds since 1970. */
  claimedAt: number;
}

/** Recovery asks for this many claims at a time: it takes Redis a millisecond or two. */
const PAGE = 200;

/**
 * All claims in a lane's active list, oldest first: it stands in the list in the opposite order,
 * which says it within a millisecond.
 */
export async function readActiveClaims(
  client: RedisClient,
  keys: LaneKeys,
): Promise<ActiveClaim[]> {
  const claims: ActiveClaim[] = [];
  for (let start = 0; ; start += PAGE) {
    const args = [keys.base, start, start + PAGE - 1];
    const reply = (await runScript(client, 'activeClaims', [keys.list('active')], args)) as (
      string | number
    )[];
    for (let i = 0; i + 3 < reply.length; i += 4) {
      const [jobId, token, task, claimedAt] = reply.slice(i, i + 4) as string[];
      claims.push({
        jobId: jobId ?? '',
        token: token ?? '',
        task: task ?? '',
        claimedAt: Number(claimedAt),
      });
    }
    if (Number(reply.at(-1)) < PAGE)
      return claims.reverse().sort((a, b) => a.claimedAt - b.claimedAt);
  }
}

/**
 * Takes a started job away and queues its handleInterrupt job: once, whoever tries (I7). Undefined:
 * it was not so any more.
 */
export async function interruptActive(
  client: RedisClient,
  keys: LaneKeys,
  { jobId, token, task }: ActiveClaim,
  now: number,
): Promise<string | undefined> {
  const args = [token, jobId, ...handleInterruptArguments(keys, jobId, task, now)];
  return (
    ((await runScript(client, 'interruptActive', [keys.job(jobId), keys.lock(jobId)], args)) as
      string | null) ?? undefined
  );
}

/** A job that waits for other jobs, as its owner's set names it. */
export interface WaitingJob {
  queue: string;
  lane: string;
  jobId: string;
}

/** The jobs that wait for others and that a dispatcher owns, outer ones first. */
export async function readOwnedWaiting(
  client: RedisClient,
  keys: DispatcherKeys,
  uuid: string,
): Promise<WaitingJob[]> {
  const members = await client.zrange(keys.owned(uuid), 0, '-1');
  const jobs = members.map((member) => orUndefined(() => parsed('member', member, isWaitingJob)));
  // What is none of Drover's keeps nobody from cleaning up.
  return jobs.filter((job) => job !== undefined);
}

/**
 * Interrupts a job that waits for other jobs, for an owner up to an epoch: once, whoever tries (I2,
 * I7).
 */
export async function interruptWaiting(
  client: RedisClient,
  prefix: string,
  { uuid, maxEpoch }: { uuid: string; maxEpoch: number },
  job: WaitingJob,
  now: number,
): Promise<{ interruptId: string; task: string } | undefined> {
  const keys = new LaneKeys(prefix, job.queue, job.lane);
  const task = (await client.hget(keys.job(job.jobId), 'name')) ?? '';
  const member = ownedMember(keys, job.jobId);
  const args = [
    member,
    uuid,
    maxEpoch,
    job.jobId,
    ...handleInterruptArguments(keys, job.jobId, task, now),
  ];
  const scriptKeys = [
    keys.job(job.jobId),
    keys.list('waiting-children'),
    new DispatcherKeys(prefix).owned(uuid),
  ];
  const interruptId = (await runScript(client, 'interruptWaiting', scriptKeys, args)) as
    string | null;
  return interruptId === null ? undefined : { interruptId, task };
}

/** Who owns a waiting job: the holder of its claim, or of its interrupt. */
export type Holder = { token: string } | { interruptId: string };

/** An activation of a dispatcher, which owns what waits. */
export interface Owner {
  uuid: string;
  epoch: number;
}

/**
 * Writes a dispatcher down as the owner of a waiting job, fenced by its holder.
 * @param decided what the job's policy said after an interrupt: `delay` in ms, before which it does
 *   not go on
 */
export async function ownWaiting(
  client: RedisClient,
  keys: LaneKeys,
  jobId: string,
  holder: Holder,
  owner: Owner,
  now: number,
  decided?: { policyData: PolicyData; delay: number },
): Promise<void> {
  const args = [
    'token' in holder ? holder.token : '',
    'interruptId' in holder ? holder.interruptId : '',
    ownerName(owner.uuid, owner.epoch),
    ownedMember(keys, jobId),
    now,
    decided ? JSON.stringify(decided.policyData) : '',
    jobId,
    decided && decided.delay > 0 ? now + decided.delay : '',
  ];
  const owned = new DispatcherKeys(keys.prefix).owned(owner.uuid);
  const scriptKeys = [keys.job(jobId), keys.lock(jobId), owned, keys.list('waiting-children')];
  checkReply(await runScript(client, 'ownWaiting', scriptKeys, args), jobId);
}

/**
 * Marks a job as aborted, before what stands below it is taken back: from then on it ends with this
 * failure, whoever dies (I6).
 * @param holder the token of its lock, or its owner while it waits
 * @throws StoreRefusal where somebody else holds it
 */
export async function abortJob(
  client: RedisClient,
  keys: LaneKeys,
  jobId: string,
  holder: string,
  failure: FailureData,
): Promise<void> {
  const args = [holder, JSON.stringify(failure)];
  checkReply(await runScript(client, 'abort', [keys.job(jobId), keys.lock(jobId)], args), jobId);
}

function isWaitingJob(value: unknown): value is WaitingJob {
  const { queue, lane, jobId } = (value ?? {}) as Partial<WaitingJob>;
  return [queue, lane, jobId].every((part) => typeof part === 'string' && part !== '');
}

/** A job as it stands in the arguments of another. */
export function referenceTo(keys: LaneKeys, id: string, task: string) {
  return { $drover: 'job', job: { id, task, queue: keys.queue, lane: keys.lane } };
}

/**
 * The job that stands first in the arguments, JSON, of one of Drover's own. @throws DamagedRecord
 */
export function referredJob(args: string): { id: string; queue: string; lane: string } {
  const [first] = parsed('data', args, isReferences) ?? [];
  if (!first) throw new DamagedRecord('its data do not name a job');
  return first.job;
}

interface Reference {
  job: { id: string; queue: string; lane: string };
}

function isReferences(value: unknown): value is Reference[] {
  if (!Array.isArray(value)) return false;
  const job = (value[0] as Partial<Reference> | null | undefined)?.job;
  return [job?.id, job?.queue, job?.lane].every((part) => typeof part === 'string' && part !== '');
}

function handleInterruptArguments(
  keys: LaneKeys,
  jobId: string,
  task: string,
  now: number,
): (string | number)[] {
  return [
    JSON.stringify(referenceTo(keys, jobId, task)),
    keys.system.base,
    HANDLE_INTERRUPT,
    '{}',
    now,
  ];
}

/** How an owner stands in a job's hash. */
export function ownerName(uuid: string, epoch: number): string {
  return `${uuid}:${epoch}`;
}

/** How a job stands in its owner's set. */
export function ownedMember(keys: LaneKeys, jobId: string): string {
  return JSON.stringify({ queue: keys.queue, lane: keys.lane, jobId } satisfies WaitingJob);
}
