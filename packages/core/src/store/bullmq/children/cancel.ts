// Cancels a job with its children at any depth (O1). This file takes them from their holders and
// lists. A `drover.cancel` job ends them.
import type { RedisClient } from '../../../redis/connection.js';
import { chunksOf, pairsOf } from '../../../lib/chunks.js';
import { crashPoint } from '../../../lib/crash-points.js';
import type { Failure } from '../../../codec/failure.js';
import { SystemTaskName } from '../../../lib/names.js';
import type { Cancellation } from '../../../model/records.js';
import { readAppended } from '../put/append.js';
import { parseManifest } from '../record-checks.js';
import type { Place } from './flow.js';
import { referenceTo } from '../run/interrupts.js';
import type { LaneKeys } from '../keys.js';
import { LOCK_DURATION } from '../lock.js';
import { checkReply, refusalCode } from '../scripts/refusal.js';
import { CHUNK, runScript } from '../scripts/run-script.js';

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
  let waiting = [job];
  while (waiting.length > 0) {
    const level: Place[] = [];
    const deeper: Place[] = [];
    for (const above of waiting) {
      for (const { waits, ...place } of await takeBelow(client, above, cancelId, failureJson)) {
        level.push(place);
        if (waits) deeper.push(place);
      }
    }
    levels.push(level);
    waiting = deeper;
  }
  return levels;
}

/** Takes the direct children, the postprocess first, so that no child's end releases it. */
async function takeBelow(
  client: RedisClient,
  { id, keys }: Place,
  cancelId: string,
  failureJson: string,
): Promise<(Place & { waits: boolean })[]> {
  const manifest = await client.hget(keys.job(id), 'manifest');
  if (manifest === null) return [];
  const { then = '', jobs, appended = 0 } = parseManifest(manifest);
  // No more jobs can be appended to a cancelled one.
  const all = [...jobs, ...(await readAppended(client, keys, id)).slice(appended)];
  const names = then === '' ? all : [then, ...all];
  const taken: (Place & { waits: boolean })[] = [];
  for (const chunk of chunksOf(names, CHUNK)) {
    const args = [cancelId, keys.base, keys.root, failureJson, LOCK_DURATION, then, ...chunk];
    const reply = await runScript(client, 'cancelBelow', [keys.job(id)], args);
    try {
      checkReply(reply, id);
    } catch (error) {
      // The job has ended, or the cancel of a parent at some height has taken it.
      if (refusalCode(error) !== undefined) return taken;
      throw error;
    }
    for (const [name, waits] of pairsOf(reply as (string | number)[]))
      taken.push({ ...keys.named(String(name)), waits: waits === 1 });
  }
  return taken;
}
