// Counts the jobs that have ended lately, and finds since when jobs wait for an agent. It costs the
// same however many jobs there are.
import type { RedisClient } from '../../../redis/connection.js';
import { chunksOf } from '../../../lib/chunks.js';
import type { LaneActivity, QueueActivity } from '../../../model/reports/activity.js';
import type { LaneKeys } from '../keys.js';
import { isObject, orUndefined, parsed } from '../record-checks.js';
import { runScript } from '../scripts/run-script.js';
import { dueAtOf } from './job-facts.js';

/** So many jobs at the head of a lane are looked at, and so many priorities. */
const DEPTH = 32;
/** Of so many ended jobs it is looked whether they are packs, which stand for their parts. */
const MOST_PACKS = 1_000;

export async function readActivity(
  client: RedisClient,
  lanes: readonly LaneKeys[],
  within: number,
): Promise<QueueActivity> {
  const read = await Promise.all(lanes.map((keys) => readLane(client, keys, within)));
  const byLane = lanes.map(({ lane }, i): [string, LaneActivity] => {
    const { now: _, ...activity } = read[i] as LaneActivity & { now: number };
    return [lane, activity];
  });
  const sum = (name: 'succeeded' | 'failed') =>
    byLane.reduce((total, [, activity]) => total + activity[name], 0);
  return {
    now: Math.max(...read.map(({ now }) => now)),
    within,
    succeeded: sum('succeeded'),
    failed: sum('failed'),
    ...oldest(byLane.flatMap(([, { oldestDue }]) => oldestDue ?? [])),
    lanes: Object.fromEntries(byLane),
  };
}

async function readLane(
  client: RedisClient,
  keys: LaneKeys,
  within: number,
): Promise<LaneActivity & { now: number }> {
  const args = [keys.base, within, DEPTH, MOST_PACKS];
  const reply = await runScript(client, 'laneActivity', [keys.list('wait')], args);
  const [now, succeeded, failed, delayedSince, ...flat] = reply as [
    number,
    number,
    number,
    string,
    ...string[],
  ];
  const due = [...chunksOf(flat, 4)].map(([timestamp, turnAt, dueAt, opts = '']) =>
    dueAtOf({ timestamp, turnAt, dueAt }, beginAfterIn(opts)),
  );
  if (delayedSince !== '') due.push(Number(delayedSince));
  return { now, succeeded, failed, ...oldest(due) };
}

/** Damaged options have none (B1). */
function beginAfterIn(opts: string): number {
  const isOptions = isObject<{ beginAfter?: unknown }>;
  return Number(orUndefined(() => parsed('opts', opts, isOptions))?.beginAfter) || 0;
}

function oldest(times: readonly number[]): { oldestDue?: number } {
  return times.length > 0 ? { oldestDue: Math.min(...times) } : {};
}
