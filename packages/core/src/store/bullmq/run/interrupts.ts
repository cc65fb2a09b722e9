// Stores the owner of a waiting job, and the decisions about interrupted jobs.
import { clockOf } from '../../../redis/clock.js';
import type { RedisClient } from '../../../redis/connection.js';
import type { PolicyData } from '../../../model/retry/policy.js';
import { DamagedRecord } from '../../../model/store-errors.js';
import { parsed } from '../record-checks.js';
import type { LaneKeys } from '../keys.js';
import { checkReply } from '../scripts/refusal.js';
import { runScript } from '../scripts/run-script.js';

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
