// Reads jobs: one with its state, or the dependencies of a join.
import type { RedisClient } from '../../../redis/connection.js';
import type { StoredState } from '../../../model/job-state.js';
import { chunksOf } from '../../../lib/chunks.js';
import { SYSTEM_LANE } from '../../../lib/names.js';
import type { StoredJob } from '../../../model/records.js';
import { toFields, toNamed, type JobFields } from '../fields.js';
import { toStoredJob } from '../job-records.js';
import type { LaneKeys } from '../keys.js';
import { withLongFieldsOfHandle } from '../long-fields.js';
import { isPackEntry, toPack, toPart, type JoinedEntry, type PackOfReply } from './packed-parts.js';
import { runScript } from '../scripts/run-script.js';

/** One call reads so many jobs, so that replies stay small. */
const PAGE = 500;
/** So many with their states, which takes some ms of Redis. */
const STATES = 200;
/** So many calls are under way together. */
const PAGES_AT_ONCE = 4;

/** A job with its state; undefined where it is not stored. */
export async function readJob(
  client: RedisClient,
  keys: LaneKeys,
  id: string,
): Promise<StoredJob | undefined> {
  for (;;) {
    const reply = await runScript(client, 'readJob', [keys.job(id)], [keys.base, id]);
    if (!reply) return undefined;
    const job = await toRead(client, keys, id, reply as JobReply);
    if (job) return job;
  }
}

/** Jobs of a lane with their states, by their ids. Those that are not stored are left out. */
export async function readJobs(
  client: RedisClient,
  keys: LaneKeys,
  ids: readonly string[],
): Promise<Map<string, StoredJob>> {
  const jobs = new Map<string, StoredJob>();
  for (let next = 0; next < ids.length;) {
    const some = ids.slice(next, next + STATES);
    const reply = await runScript(client, 'readJobs', [keys.list('wait')], [keys.base, ...some]);
    const read = reply as (JobReply | null)[];
    for (const [i, one] of read.entries()) {
      const id = some[i] as string;
      const job =
        one && ((await toRead(client, keys, id, one)) ?? (await readJob(client, keys, id)));
      if (job) jobs.set(id, job);
    }
    next += read.length;
  }
  return jobs;
}

/** A job in whichever lane of a queue it is. `keys`: of the queue's main lane. */
export async function findJob(
  client: RedisClient,
  keys: LaneKeys,
  id: string,
): Promise<StoredJob | undefined> {
  const args = [keys.base, `${keys.queueBase}/`, SYSTEM_LANE, id];
  for (;;) {
    const reply = (await runScript(client, 'findJob', [keys.lanes], args)) as
      [...JobReply, lane: string] | null;
    if (!reply) return undefined;
    const [fields, state, annotations, lane] = reply;
    const own = keys.sibling(lane || keys.lane);
    const job = await toRead(client, own, id, [fields, state, annotations]);
    if (job) return job;
  }
}

/** The job that has a key (Q8). `keys`: of the queue's main lane. */
export async function readJobOfKey(
  client: RedisClient,
  keys: LaneKeys,
  key: string,
): Promise<StoredJob | undefined> {
  for (;;) {
    const reply = (await runScript(client, 'jobOfKey', [keys.keyed], [keys.base, key])) as
      [...JobReply, jobKey: string] | null;
    if (!reply) return undefined;
    const [fields, state, annotations, jobKey] = reply;
    const { id, keys: own } = keys.named(jobKey.slice(keys.root.length));
    const job = await toRead(client, own, id, [fields, state, annotations]);
    if (job) return job;
  }
}

/** The reply of `readJob`. */
type JobReply = [fields: string[], state: StoredState, annotations: string[]];

/** Undefined: the job has changed before its long fields were read. */
async function toRead(
  client: RedisClient,
  keys: LaneKeys,
  id: string,
  [flat, state, annotations]: JobReply,
): Promise<StoredJob | undefined> {
  const fields = toFields(flat);
  if (fields.longFields === undefined) return toStored(keys, id, fields, state, annotations);
  const all = await withLongFieldsOfHandle(client, keys.job(id), fields);
  return all && toStored(keys, id, all, state, annotations);
}

function toStored(
  keys: LaneKeys,
  id: string,
  fields: JobFields,
  state: StoredState,
  annotations: string[],
): StoredJob {
  const stored = toStoredJob(keys, id, fields, state);
  return annotations.length > 0 ? { ...stored, annotations: toNamed(annotations) } : stored;
}

/**
 * Parts of a pack, by their positions; undefined where there is no such pack any more.
 */
export async function readParts(
  client: RedisClient,
  keys: LaneKeys,
  packId: string,
  positions: readonly number[],
): Promise<StoredJob[] | undefined> {
  const args = [keys.base, packId, ...positions];
  const reply = await runScript(client, 'readParts', [keys.job(packId)], args);
  const parts = reply as [id: string, fields: string[], state: StoredState][] | null;
  return parts?.map(([id, fields, state]) => toStored(keys, id, toFields(fields), state, []));
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
  const jobs: (StoredJob | undefined)[] = [];
  // A reply ends early where it becomes long.
  while (jobs.length < names.length)
    jobs.push(...(await readSome(client, keys, names.slice(jobs.length), wanted)));
  return jobs;
}

/** The first ones of these jobs, as many as one reply has. */
async function readSome(
  client: RedisClient,
  keys: LaneKeys,
  names: readonly string[],
  wanted: readonly (keyof JobFields)[],
): Promise<(StoredJob | undefined)[]> {
  const args = [keys.base, keys.root, wanted.length, ...wanted, ...names];
  const reply = await runScript(client, 'readJoined', [keys.list('completed')], args);
  const jobs: (StoredJob | undefined)[] = [];
  let pack: PackOfReply | undefined;
  for (const entry of reply as JoinedEntry[]) {
    const name = names[jobs.length] ?? '';
    if (isPackEntry(entry)) pack = toPack(entry);
    else if (typeof entry === 'number') jobs.push(pack && toPart(keys, name, pack, entry));
    else if (entry.length === wanted.length) jobs.push(toJoined(keys, name, wanted, entry));
    else jobs.push(toJoined(keys, name, wanted, await withLong(client, keys, name, wanted, entry)));
  }
  return jobs;
}

/** The values of a job's fields, with those that the script has left out. */
async function withLong(
  client: RedisClient,
  keys: LaneKeys,
  name: string,
  wanted: readonly (keyof JobFields)[],
  row: readonly (string | null)[],
): Promise<(string | null)[]> {
  const names = (row[wanted.length] ?? '').split(' ');
  const long = wanted.filter((field) => names.includes(field));
  const { id, keys: own } = keys.named(name);
  const values = await client.hmget(own.job(id), 'finishedOn', ...long);
  return wanted.map((field, i) => {
    // Another program may have let it run again meanwhile.
    if (field === 'finishedOn') return row[i] === values[0] ? (row[i] ?? null) : null;
    return long.includes(field) ? (values[long.indexOf(field) + 1] ?? null) : (row[i] ?? null);
  });
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
