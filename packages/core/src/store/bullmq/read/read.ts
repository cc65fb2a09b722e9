// Reads jobs: one with its state, or the dependencies of a join.
import type { RedisClient } from '../../../redis/connection.js';
import type { StoredState } from '../../../model/job-state.js';
import { chunksOf } from '../../../lib/chunks.js';
import { SYSTEM_LANE } from '../../../lib/names.js';
import type { StoredJob } from '../../../model/records.js';
import { toFields, toNamed, type JobFields } from '../fields.js';
import { toStoredJob } from '../job-records.js';
import type { LaneKeys } from '../keys.js';
import { isPackEntry, toPack, toPart, type JoinedEntry, type PackOfReply } from './packed-parts.js';
import { runScript } from '../scripts/run-script.js';

/** One call reads so many jobs, so that replies stay small. */
const PAGE = 1_000;
/** So many calls are under way together. */
const PAGES_AT_ONCE = 4;

/** A job with its state; undefined where it is not stored. */
export async function readJob(
  client: RedisClient,
  keys: LaneKeys,
  id: string,
): Promise<StoredJob | undefined> {
  const reply = await runScript(client, 'readJob', [keys.job(id)], [keys.base, id]);
  return reply ? toRead(keys, id, reply as JobReply) : undefined;
}

/** A job in whichever lane of a queue it is. `keys`: of the queue's main lane. */
export async function findJob(
  client: RedisClient,
  keys: LaneKeys,
  id: string,
): Promise<StoredJob | undefined> {
  const args = [keys.base, `${keys.queueBase}/`, SYSTEM_LANE, id];
  const reply = (await runScript(client, 'findJob', [keys.lanes], args)) as
    [...JobReply, lane: string] | null;
  if (!reply) return undefined;
  const [fields, state, annotations, lane] = reply;
  return toRead(keys.sibling(lane || keys.lane), id, [fields, state, annotations]);
}

/** The reply of `readJob`. */
type JobReply = [fields: string[], state: StoredState, annotations: string[]];

function toRead(keys: LaneKeys, id: string, [fields, state, annotations]: JobReply): StoredJob {
  const stored = toStoredJob(keys, id, toFields(fields), state);
  return annotations.length > 0 ? { ...stored, annotations: toNamed(annotations) } : stored;
}

/**
 * Parts of a pack, by their positions, of all tasks or of one; undefined where there is no such
 * pack any more.
 */
export async function readParts(
  client: RedisClient,
  keys: LaneKeys,
  packId: string,
  positions: readonly number[],
  task = '',
): Promise<StoredJob[] | undefined> {
  const args = [keys.base, packId, task, ...positions];
  const reply = await runScript(client, 'readParts', [keys.job(packId)], args);
  const parts = reply as [id: string, fields: string[], state: StoredState][] | null;
  return parts?.map(([id, fields, state]) => toRead(keys, id, [fields, state, []]));
}

const RESULT_FIELDS = ['name', 'finishedOn', 'returnvalue', 'failedReason', 'failure'] as const;
const MORE_FIELDS = ['result', 'callbackOf', 'data', 'opts', 'ats', 'interruptions', 'pb'] as const;
const HANDLE_FIELDS = [...RESULT_FIELDS, ...MORE_FIELDS];

/**
 * Dependencies, in the order of their names; undefined where one is not stored. `what`: with their
 * results alone, or with all that their handles show. A job that has not ended is 'active' here,
 * whatever its state is.
 */
export async function readJoined(
  client: RedisClient,
  keys: LaneKeys,
  names: readonly string[],
  what: 'results' | 'handles',
): Promise<(StoredJob | undefined)[]> {
  const wanted = what === 'results' ? RESULT_FIELDS : HANDLE_FIELDS;
  const jobs: (StoredJob | undefined)[] = [];
  for (const pages of chunksOf(chunksOf(names, PAGE), PAGES_AT_ONCE)) {
    const read = pages.map((page) => readPage(client, keys, page, wanted));
    for (const page of await Promise.all(read)) jobs.push(...page);
  }
  return jobs;
}

async function readPage(
  client: RedisClient,
  keys: LaneKeys,
  names: readonly string[],
  wanted: readonly (keyof JobFields)[],
): Promise<(StoredJob | undefined)[]> {
  const args = [keys.base, keys.root, wanted.length, ...wanted, ...names];
  const reply = await runScript(client, 'readJoined', [keys.list('completed')], args);
  const jobs: (StoredJob | undefined)[] = [];
  let pack: PackOfReply | undefined;
  let i = 0;
  for (const entry of reply as JoinedEntry[]) {
    if (isPackEntry(entry)) pack = toPack(entry);
    else if (typeof entry !== 'number') jobs.push(toJoined(keys, names[i++] ?? '', wanted, entry));
    else jobs.push(pack && toPart(keys, names[i++] ?? '', pack, entry));
  }
  return jobs;
}

function toJoined(
  keys: LaneKeys,
  name: string,
  wanted: readonly (keyof JobFields)[],
  row: readonly (string | null)[],
): StoredJob | undefined {
  const fields: JobFields = {};
  wanted.forEach((field, i) => (fields[field] = row[i] ?? undefined));
  if (fields.name === undefined) return undefined;
  const { id, keys: own } = keys.named(name);
  const job = toStoredJob(own, id, fields, fields.finishedOn === undefined ? 'active' : 'finished');
  return own.queue === keys.queue ? job : { ...job, queue: own.queue };
}
