// Interrupts the jobs of a stopped or dead dispatcher, and stores the decisions about them.
import { clockOf } from '../../../redis/clock.js';
import type { RedisClient } from '../../../redis/connection.js';
import type { FailureData } from '../../../codec/failure.js';
import { chunksOf } from '../../../lib/chunks.js';
import { HANDLE_INTERRUPT } from '../../../lib/names.js';
import type { PolicyData } from '../../../model/retry/policy.js';
import { DamagedRecord, orUndefined, parsed } from '../record-checks.js';
import { DispatcherKeys, LaneKeys } from '../keys.js';
import { checkReply } from '../scripts/refusal.js';
import { runScript } from '../scripts/run-script.js';

/** An entry of a lane's active list. */
export interface ActiveClaim {
  jobId: string;
  token: string;
  task: string;
  /** ms since 1970. */
  claimedAt: number;
}

/** One call reads so many claims, which takes Redis a millisecond or two. */
const PAGE = 200;

/**
 * All claims in a lane's active list, the oldest first. The list has them in the opposite order,
 * which also orders the claims of the same millisecond.
 */
export async function readActiveClaims(
  client: RedisClient,
  keys: LaneKeys,
): Promise<ActiveClaim[]> {
  const claims: ActiveClaim[] = [];
  for (let start = 0; ; start += PAGE) {
    const args = [keys.base, start, start + PAGE - 1];
    const reply = await runScript(client, 'activeClaims', [keys.list('active')], args);
    const flat = reply as string[];
    const looked = Number(flat.pop());
    for (const [jobId = '', token = '', task = '', claimedAt] of chunksOf(flat, 4))
      claims.push({ jobId, token, task, claimedAt: Number(claimedAt) });
    if (looked < PAGE) return claims.reverse().sort((a, b) => a.claimedAt - b.claimedAt);
  }
}

/**
 * Interrupts a claim, and puts its `handleInterrupt` job. Of several callers one does it (I7).
 * @returns the id of the interrupt; undefined where the claim has ended
 */
export async function interruptActive(
  client: RedisClient,
  keys: LaneKeys,
  { jobId, token, task }: ActiveClaim,
  now: number,
): Promise<string | undefined> {
  const args = [token, jobId, ...handleInterruptArguments(keys, jobId, task, now)];
  const scriptKeys = [keys.job(jobId), keys.lock(jobId)];
  const interruptId = await runScript(client, 'interruptActive', scriptKeys, args);
  return (interruptId as string | null) ?? undefined;
}

/** A member of an owner's set of waiting jobs. */
export interface WaitingJob {
  queue: string;
  lane: string;
  jobId: string;
}

/** The waiting jobs that a dispatcher owns, parents before their children. */
export async function readOwnedWaiting(
  client: RedisClient,
  keys: DispatcherKeys,
  uuid: string,
): Promise<WaitingJob[]> {
  const members = await client.zrange(keys.owned(uuid), 0, '-1');
  const jobs = members.map((member) => orUndefined(() => parsed('member', member, isWaitingJob)));
  // A foreign member of the set must not stop the cleanup.
  return jobs.filter((job) => job !== undefined);
}

/**
 * Interrupts a waiting job whose owner is this dispatcher, under `maxEpoch` or an earlier one (I2).
 * Of several callers one does it (I7).
 * @returns undefined where the job has another owner, or waits no more
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
  const interrupt = handleInterruptArguments(keys, job.jobId, task, now);
  const args = [ownedMember(keys, job.jobId), uuid, maxEpoch, job.jobId, ...interrupt];
  const owned = new DispatcherKeys(prefix).owned(uuid);
  const scriptKeys = [keys.job(job.jobId), keys.list('waiting-children'), owned];
  const interruptId = await runScript(client, 'interruptWaiting', scriptKeys, args);
  return interruptId === null ? undefined : { interruptId: interruptId as string, task };
}

/** The activation that owns a waiting job. */
export interface Owner {
  uuid: string;
  epoch: number;
}

/**
 * Makes an activation the owner of an interrupted job that goes on waiting.
 * @param decided the decision of the job's policy: the job does not go on before `delay` ms have
 *   passed
 * @throws StoreRefusal where the job has another owner
 */
export async function ownWaiting(
  client: RedisClient,
  keys: LaneKeys,
  jobId: string,
  interruptId: string,
  owner: Owner,
  decided?: { policyData: PolicyData; delay: number },
): Promise<void> {
  const args = [
    jobId,
    keys.base,
    interruptId,
    `${owner.uuid}:${owner.epoch}`,
    decided ? JSON.stringify(decided.policyData) : '',
    decided && decided.delay > 0 ? clockOf(client).latest() + decided.delay : '',
  ];
  checkReply(await runScript(client, 'ownWaiting', [keys.job(jobId)], args), jobId);
}

/**
 * Marks a job as aborted, before its children are abandoned. From then on it ends with this
 * failure, even if this process dies (I6).
 * @param holder the token of its lock, or its owner while it waits
 * @throws StoreRefusal where the job has another holder
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

/** A job among the arguments of another one. */
export function referenceTo(keys: LaneKeys, id: string, task: string) {
  return { $drover: 'job', job: { id, task, queue: keys.queue, lane: keys.lane } };
}

/** The first argument, in JSON, of one of Drover's own jobs. @throws DamagedRecord */
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
  const reference = JSON.stringify(referenceTo(keys, jobId, task));
  return [reference, keys.system.base, HANDLE_INTERRUPT, '{}', now];
}

/** A job in its owner's set. */
function ownedMember(keys: LaneKeys, jobId: string): string {
  return JSON.stringify({ queue: keys.queue, lane: keys.lane, jobId } satisfies WaitingJob);
}
