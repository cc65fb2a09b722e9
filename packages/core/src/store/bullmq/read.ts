// Reading jobs: one with its state, or many for the join of a composite.
import type { RedisClient } from '../../connection.js';
import type { StoredState } from '../../job-state.js';
import type { StoredJob } from '../store.js';
import { toFields, toStoredJob } from './fields.js';
import type { LaneKeys } from './keys.js';
import { runScript } from './run-script.js';

/** Jobs are read in pieces of this many, so that no reply grows without bound. */
const PAGE = 1_000;

/** A job with its state, or undefined where there is none. */
export async function readJob(client: RedisClient, keys: LaneKeys, id: string): Promise<StoredJob | undefined> {
  const scriptKeys = [keys.job(id), keys.lock(id), keys.list('delayed'), keys.list('waiting-children')];
  const reply = (await runScript(client, 'readJob', scriptKeys, [id])) as [string[], StoredState, string] | null;
  if (!reply) return undefined;
  const [flat, state] = reply;
  return toStoredJob(keys, id, toFields(flat), state);
}

/** Jobs with their state, in the order of the ids; undefined where there is none. */
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
