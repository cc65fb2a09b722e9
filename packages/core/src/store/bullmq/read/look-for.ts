// Looks for a job that a process waits for, and says whether it may still come (J12).
import type { RedisClient } from '../../../redis/connection.js';
import { BadStatusError } from '../../../errors.js';
import type { OriginLocation, PackPlace, StoredJob } from '../../../model/records.js';
import type { LaneKeys } from '../keys.js';
import { laneOf, wherePut } from '../put/put-at.js';
import { runScript } from '../scripts/run-script.js';
import { readJob } from './read.js';

/** A part of a pack that may still store a job, and the lane of the pack. */
export interface PackedOrigin {
  pack: PackPlace;
  keys: LaneKeys;
}

/** The answer to one look. */
export type Found =
  | { job: StoredJob }
  | { elsewhere: LaneKeys }
  | { mayCome: true; from: PackedOrigin | undefined }
  | { never: Error };

/** The reply of `look-for` where the job is stored. */
const STORED = 1;

/**
 * @param origins the jobs that may still store it, nearest first; none: a job that is not stored
 *   was removed
 */
export async function lookFor(
  client: RedisClient,
  keys: LaneKeys,
  id: string,
  origins: readonly OriginLocation[],
): Promise<Found> {
  for (;;) {
    const job = await readJob(client, keys, id);
    if (job) return { job };
    // Another holder may have put it elsewhere (J12).
    const elsewhere = await wherePut(client, keys, id);
    if (elsewhere) return { elsewhere };
    if (origins.length === 0) return { never: removed(id) };
    const originKeys = origins.map((origin) =>
      keys.sibling(origin.lane, origin.queue).job(origin.id),
    );
    const reply = await runScript(client, 'lookFor', [keys.job(id)], originKeys);
    if (Array.isArray(reply)) return { never: neverComing(id, reply as [string, string]) };
    if (reply !== STORED) return { mayCome: true, from: toOrigin(keys, reply) };
  }
}

/** Each end of a step of the pack is an event from now on. */
export async function watchPack(client: RedisClient, keys: LaneKeys, id: string): Promise<void> {
  await runScript(client, 'watchPack', [keys.job(id)], []);
}

function toOrigin(keys: LaneKeys, reply: unknown): PackedOrigin | undefined {
  if (typeof reply !== 'string') return undefined;
  const [key = '', position, inOrder] = reply.split(' ');
  const id = key.slice(key.lastIndexOf(':') + 1);
  const pack = { id, position: Number(position), inOrder: inOrder === '1' };
  return { pack, keys: laneOf(keys, key) };
}

function removed(id: string): BadStatusError {
  return new BadStatusError(`job ${id} was removed: it will never complete`);
}

/** @param reply of `look-for` */
function neverComing(
  id: string,
  [why, originKey]: [why: string, originKey: string],
): BadStatusError {
  if (why === 'stored before') return removed(id);
  const origin = originKey.slice(originKey.lastIndexOf(':') + 1);
  const what = why === 'ended' ? 'has ended without it' : 'was removed';
  return new BadStatusError(
    `job ${id} will never come: job ${origin}, which was to store it, ${what}`,
  );
}
