// Counts the parts of a composite by what they do, without reading them.
import type { RedisClient } from '../../../redis/connection.js';
import { chunksOf } from '../../../lib/chunks.js';
import type { Progress } from '../../../model/counts.js';
import type { LaneKeys } from '../keys.js';
import { readAppended } from '../put/append.js';
import { orUndefined, parseManifest } from '../record-checks.js';
import { runScript } from '../scripts/run-script.js';

/** One call counts so many parts, which takes some ms of Redis. */
const STEP = 500;

/**
 * The progress of a job that waits for others; undefined where it has not scheduled any, or is not
 * stored. A part that is not stored has failed, as for the join; where parts are still being
 * scheduled, it is pending.
 */
export async function countParts(
  client: RedisClient,
  keys: LaneKeys,
  id: string,
): Promise<Progress | undefined> {
  const [json, scheduled] = await client.hmget(keys.job(id), 'manifest', 'scheduledChunks');
  const manifest = orUndefined(() => (json ? parseManifest(json) : undefined));
  if (!manifest) return undefined;
  const appended = await readAppended(client, keys, id);
  const names = [...new Set([...manifest.jobs, ...appended])];
  const isScheduled = Number(scheduled ?? 0) >= manifest.chunks;
  const progress: Progress = {
    parts: names.length,
    completed: 0,
    failed: 0,
    active: 0,
    pending: 0,
  };
  for (const some of chunksOf(names, STEP)) {
    const args = [keys.base, keys.root, ...some];
    const reply = await runScript(client, 'countParts', [keys.job(id)], args);
    const [completed = 0, failed = 0, active = 0, pending = 0, gone = 0] = reply as number[];
    progress.completed += completed + (isScheduled ? gone : 0);
    progress.failed += failed + (isScheduled ? gone : 0);
    progress.active += active;
    progress.pending += pending + (isScheduled ? 0 : gone);
  }
  return progress;
}
