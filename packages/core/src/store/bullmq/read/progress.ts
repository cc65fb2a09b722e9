// Counts the parts of a composite by what they do, without reading them, and tells some of them.
import type { RedisClient } from '../../../redis/connection.js';
import { chunksOf } from '../../../lib/chunks.js';
import type { Progress } from '../../../model/counts.js';
import type { PartPlace, Parts } from '../../../model/reports/parts.js';
import type { LaneKeys } from '../keys.js';
import { readAppended } from '../put/append.js';
import { orUndefined, parseManifest } from '../record-checks.js';
import { runScript } from '../scripts/run-script.js';

/** One call counts so many parts, which takes some ms of Redis. */
const STEP = 500;

type Reply = [...counts: number[], failed: number[], active: number[]];

/** The progress of a job that waits for others; undefined as for `lookAtParts`. */
export async function countParts(
  client: RedisClient,
  keys: LaneKeys,
  id: string,
): Promise<Progress | undefined> {
  const found = await lookAtParts(client, keys, id, 0);
  if (!found) return undefined;
  const { parts, completed, failed, active, pending } = found;
  return { parts, completed, failed, active, pending };
}

/**
 * The parts of a job that waits for others; undefined where it has not scheduled any, or is not
 * stored. A part that is not stored has failed, as for the join; where parts are still being
 * scheduled, it is pending.
 * @param most so many of each kind are told
 */
export async function lookAtParts(
  client: RedisClient,
  keys: LaneKeys,
  id: string,
  most: number,
): Promise<Parts | undefined> {
  const [json, scheduled] = await client.hmget(keys.job(id), 'manifest', 'scheduledChunks');
  const manifest = orUndefined(() => (json ? parseManifest(json) : undefined));
  if (!manifest) return undefined;
  const appended = await readAppended(client, keys, id);
  const names = [...new Set([...manifest.jobs, ...appended])];
  const isScheduled = Number(scheduled ?? 0) >= manifest.chunks;
  const place = (name: string): PartPlace => {
    const { id: partId, keys: own } = keys.named(name);
    return { id: partId, queue: own.queue, lane: own.lane };
  };
  const parts: Parts = {
    ...{ parts: names.length, completed: 0, failed: 0, active: 0, pending: 0 },
    first: names.slice(0, most).map(place),
    ...{ failedParts: [], activeParts: [] },
    ...(manifest.then !== undefined && { then: place(manifest.then) }),
    onFailure: manifest.onFailure ?? 'continue',
  };
  for (const some of chunksOf(names, STEP)) {
    const args = [keys.base, keys.root, most, ...some];
    const reply = (await runScript(client, 'countParts', [keys.job(id)], args)) as Reply;
    const [completed = 0, failed = 0, active = 0, pending = 0, gone = 0] = reply as number[];
    parts.completed += completed + (isScheduled ? gone : 0);
    parts.failed += failed + (isScheduled ? gone : 0);
    parts.active += active;
    parts.pending += pending + (isScheduled ? 0 : gone);
    const [failedAt, activeAt] = reply.slice(-2) as [number[], number[]];
    const told = (at: readonly number[]) => at.map((i) => place(some[i] ?? ''));
    parts.failedParts = [...parts.failedParts, ...told(failedAt)].slice(0, most);
    parts.activeParts = [...parts.activeParts, ...told(activeAt)].slice(0, most);
  }
  return parts;
}
