// Cancels a job with its children at any depth (O1). This file takes them from their holders and
// lists. A `drover.cancel` job ends them.
import type { RedisClient } from '../../../redis/connection.js';
import { crashPoint } from '../../../lib/crash-points.js';
import type { Failure } from '../../../codec/failure.js';
import { SystemTaskName } from '../../../lib/names.js';
import type { Cancellation } from '../../../model/records.js';
import { ignoreRefusal } from '../../../model/store-errors.js';
import type { Place } from './flow.js';
import { walkChildren } from './walk-children.js';
import { referenceTo } from '../run/system-job.js';
import type { LaneKeys } from '../keys.js';
import { LOCK_DURATION } from '../lock.js';
import { checkReply } from '../scripts/refusal.js';
import { runScript } from '../scripts/run-script.js';

const REPLIES: Readonly<Record<number, Cancellation>> = {
  2: 'marked',
  1: 'already',
  0: 'has its result',
  [-1]: 'no such job',
};

/**
 * Cancels a job. When it resolves, neither the job nor a child at any depth will be claimed to run.
 * If the process dies before, the `drover.cancel` job takes the rest.
 * @param isRepeated an earlier call may have taken effect, and its reply was lost
 */
export async function cancelJob(
  client: RedisClient,
  keys: LaneKeys,
  { id, task }: { id: string; task: string },
  failure: Failure,
  isRepeated = false,
): Promise<Cancellation> {
  const json = JSON.stringify(failure);
  const jobArgs = JSON.stringify([referenceTo(keys, id, task), failure.message]);
  const args = [
    id,
    keys.base,
    keys.system.base,
    SystemTaskName.CANCEL,
    jobArgs,
    json,
    LOCK_DURATION,
  ];
  let reply = (await runScript(client, 'cancel', [keys.job(id)], args)) as string | number;
  // The earlier call may have taken the job, and not its children.
  if (isRepeated && REPLIES[reply as number] === 'already')
    reply = (await holdingCancel(client, keys, id)) ?? reply;
  if (typeof reply === 'number') return REPLIES[reply] ?? 'no such job';
  crashPoint('cancel.after-take');
  await takeTree(client, { id, keys }, reply, json);
  return 'taken';
}

/** The id of the cancel that holds a job; undefined where none does. */
async function holdingCancel(
  client: RedisClient,
  keys: LaneKeys,
  id: string,
): Promise<string | undefined> {
  const holder = await client.get(keys.lock(id));
  return holder?.startsWith(`${id}.cancel.`) ? holder : undefined;
}

/**
 * Takes the children, at any depth, of a job that a cancel holds. It can be repeated.
 * @returns the jobs that the cancel holds, level by level, with the job itself as the first level
 */
export async function takeTree(
  client: RedisClient,
  job: Place,
  cancelId: string,
  failureJson: string,
): Promise<Place[][]> {
  const levels: Place[][] = [[job]];
  const walking = walkChildren(client, job, {
    visit: async ({ id, keys }, names, outerKey, depth) => {
      const head = [cancelId, keys.base, keys.root, failureJson, LOCK_DURATION, outerKey];
      const reply = await runScript(client, 'cancelBelow', [keys.job(id)], [...head, ...names]);
      checkReply(reply, id);
      const [taken, waiting] = reply as [string[], string[]];
      (levels[depth + 1] ??= []).push(...taken.map((name) => keys.named(name)));
      return waiting;
    },
  });
  // Where it refuses, the job has ended, or the cancel of a parent at some height has taken it.
  await ignoreRefusal(walking);
  return levels;
}
