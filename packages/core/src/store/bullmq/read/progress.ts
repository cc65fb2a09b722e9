// The parts of a composite by what they do, without reading them.
import type { RedisClient } from '../../../redis/connection.js';
import { chunksOf } from '../../../lib/chunks.js';
import type { Progress } from '../../../model/counts.js';
import type { PartPlace, Parts, PartState, PartStates } from '../../../model/reports/parts.js';
import type { LaneKeys } from '../keys.js';
import { readAppended } from '../put/append.js';
import { orUndefined, parseManifest } from '../record-checks.js';
import { runScript } from '../scripts/run-script.js';

/** One call looks at so many parts, which takes some ms of Redis. */
const STEP = 500;

/** The names of the parts of a job that waits for others, and what it does with them. */
interface Joined {
  names: string[];
  then: string | undefined;
  onFailure: Parts['onFailure'];
  /** Whether all of its parts are stored, or were. */
  isScheduled: boolean;
}

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
  const joined = await readJoined(client, keys, id);
  if (!joined) return undefined;
  const { names, then, onFailure } = joined;
  const place = (name: string) => placeOf(keys, name);
  const parts: Parts = {
    ...{ parts: names.length, completed: 0, failed: 0, active: 0, pending: 0 },
    first: names.slice(0, most).map(place),
    ...{ failedParts: [], activeParts: [] },
    ...(then !== undefined && { then: place(then) }),
    onFailure,
  };
  for (const some of chunksOf(names, STEP))
    for (const [i, state] of (await statesOf(client, keys, id, some, joined)).entries())
      count(parts, state, () => place(some[i] ?? ''), most);
  return parts;
}

/** What some of these parts do, from position `start` on; undefined as for `lookAtParts`. */
export async function lookAtStates(
  client: RedisClient,
  keys: LaneKeys,
  id: string,
  start: number,
  most: number,
): Promise<PartStates | undefined> {
  const joined = await readJoined(client, keys, id);
  if (!joined) return undefined;
  const found: PartStates = { parts: joined.names.length, states: [] };
  for (const some of chunksOf(joined.names.slice(start, start + most), STEP))
    for (const [i, state] of (await statesOf(client, keys, id, some, joined)).entries())
      found.states.push({ ...placeOf(keys, some[i] ?? ''), state });
  return found;
}

async function readJoined(
  client: RedisClient,
  keys: LaneKeys,
  id: string,
): Promise<Joined | undefined> {
  const [json, scheduled] = await client.hmget(keys.job(id), 'manifest', 'scheduledChunks');
  const manifest = orUndefined(() => (json ? parseManifest(json) : undefined));
  if (!manifest) return undefined;
  const appended = await readAppended(client, keys, id);
  const { jobs, then, onFailure = 'continue', chunks } = manifest;
  const names = [...new Set([...jobs, ...appended])];
  return { names, then, onFailure, isScheduled: Number(scheduled ?? 0) >= chunks };
}

const STATES: Readonly<Record<string, PartState>> = {
  ...{ s: 'succeeded', f: 'failed', a: 'active', p: 'pending' },
};

async function statesOf(
  client: RedisClient,
  keys: LaneKeys,
  id: string,
  names: readonly string[],
  { isScheduled }: Joined,
): Promise<PartState[]> {
  const args = [keys.base, keys.root, ...names];
  const letters = String(await runScript(client, 'partStates', [keys.job(id)], args));
  return [...letters].map((letter) => STATES[letter] ?? (isScheduled ? 'failed' : 'pending'));
}

function count(parts: Parts, state: PartState, place: () => PartPlace, most: number): void {
  const isOver = state === 'succeeded' || state === 'failed';
  parts[isOver ? 'completed' : state]++;
  if (state === 'failed') parts.failed++;
  const told = { failed: parts.failedParts, active: parts.activeParts };
  const list = state === 'failed' || state === 'active' ? told[state] : undefined;
  if (list && list.length < most) list.push(place());
}

function placeOf(keys: LaneKeys, name: string): PartPlace {
  const { id, keys: own } = keys.named(name);
  return { id, queue: own.queue, lane: own.lane };
}
