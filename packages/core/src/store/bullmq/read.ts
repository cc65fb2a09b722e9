// Reading jobs: one with its state, or many for the join of a composite.
import type { RedisClient } from '../../connection.js';
import type { StoredState } from '../../job-state.js';
import type { StoredJob } from '../store.js';
import { toFields, toStoredJob, type JobFields } from './fields.js';
import type { LaneKeys } from './keys.js';
import { runScript } from './run-script.js';

/** Jobs are read in pieces of this many, so that no reply grows without bound. */
const PAGE = 1_000;

/** A job with its state, or undefined where there is none. */
export async function readJob(client: RedisClient, keys: LaneKeys, id: string): Promise<StoredJob | undefined> {
  const scriptKeys = [keys.job(id), keys.lock(id), keys.list('delayed'), keys.list('waiting-children')];
  const reply = (await runScript(client, 'readJob', scriptKeys, [id])) as [string[], StoredState] | null;
  if (!reply) return undefined;
  const [flat, state] = reply;
  return toStoredJob(keys, id, toFields(flat), state);
}

/** Jobs with their state, in the order of the ids; undefined where there is none. For lists that people look at. */
export async function readJobs(
  client: RedisClient,
  keys: LaneKeys,
  ids: readonly string[],
): Promise<(StoredJob | undefined)[]> {
  const jobs: (StoredJob | undefined)[] = [];
  for (let i = 0; i < ids.length; i += PAGE) {
    jobs.push(...(await Promise.all(ids.slice(i, i + PAGE).map((id) => readJob(client, keys, id)))));
  }
  return jobs;
}

const RESULT_FIELDS = ['name', 'finishedOn', 'returnvalue', 'failedReason', 'failure'] as const;
const HANDLE_FIELDS = [...RESULT_FIELDS, 'result', 'callbackOf', 'data', 'opts', 'ats', 'interruptions', 'pb'] as const;

/**
 * Jobs that others wait for, in the order of the ids, one script call per thousand; undefined where there is none.
 * `what`: their results alone, or all that their handles show. A job that has not ended is 'active', whatever it is.
 */
export async function readJoined(
  client: RedisClient,
  keys: LaneKeys,
  ids: readonly string[],
  what: 'results' | 'handles',
): Promise<(StoredJob | undefined)[]> {
  const names = what === 'results' ? RESULT_FIELDS : HANDLE_FIELDS;
  const jobs: (StoredJob | undefined)[] = [];
  for (let i = 0; i < ids.length; i += PAGE) {
    const page = ids.slice(i, i + PAGE);
    const args = [keys.base, names.length, ...names, ...page];
    const values = (await runScript(client, 'readJoined', [keys.list('completed')], args)) as (string | null)[];
    page.forEach((id, n) =>
      jobs.push(toJoined(keys, id, names, values.slice(n * names.length, (n + 1) * names.length))),
    );
  }
  return jobs;
}

function toJoined(
  keys: LaneKeys,
  id: string,
  names: readonly (keyof JobFields)[],
  values: readonly (string | null)[],
): StoredJob | undefined {
  const fields: JobFields = {};
  for (const [i, name] of names.entries()) fields[name] = values[i] ?? undefined;
  // Every job has a name.
  if (fields.name === undefined) return undefined;
  return toStoredJob(keys, id, fields, fields.finishedOn === undefined ? 'active' : 'finished');
}
