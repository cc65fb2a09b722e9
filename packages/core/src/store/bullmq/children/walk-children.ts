// Walks down the children of a job, for the scripts that cancel and abandon them.
import type { RedisClient } from '../../../redis/connection.js';
import { chunksOf } from '../../../lib/chunks.js';
import { ignoreRefusal } from '../../../model/store-errors.js';
import { readAppended } from '../put/append.js';
import { parseManifest } from '../record-checks.js';
import type { Place } from './flow.js';

/** One script call handles so many children: it may have to open packs of them. */
const STEP = 500;

export interface Walk {
  /**
   * Handles a chunk of the children of a job: one script call, fenced by that job.
   * @param outerKey the key of the job right above the parts (lua/lib/waiting/parents.lua)
   * @param depth of the job: 0 at the top
   * @returns the names of the children whose own children are walked next
   */
  visit: (
    job: Place,
    names: readonly string[],
    outerKey: string,
    depth: number,
  ) => Promise<readonly string[]>;
  /** Is called for a job after all of its children. */
  leave?: (job: Place, depth: number) => Promise<unknown>;
}

/**
 * Visits the children of a job at any depth, each after its parent. It can be repeated after a
 * crash. A child below the top that refuses is left to its new holder.
 * @throws StoreRefusal where the top refuses
 */
export async function walkChildren(
  client: RedisClient,
  job: Place,
  walk: Walk,
  depth = 0,
): Promise<void> {
  const { id, keys } = job;
  const json = await client.hget(keys.job(id), 'manifest');
  const { then, jobs, appended = 0 } = parseManifest(json ?? '{}');
  const outer = then === undefined ? job : keys.named(then);
  // The postprocess first: otherwise the end of the last child would release it.
  let names = then === undefined ? jobs : [then, ...jobs];
  let seen = appended;
  while (names.length > 0) {
    for (const chunk of chunksOf(names, STEP)) {
      for (const name of await walk.visit(job, chunk, outer.keys.job(outer.id), depth))
        await ignoreRefusal(walkChildren(client, keys.named(name), walk, depth + 1));
    }
    // A child that runs may append more.
    names = (await readAppended(client, keys, id)).slice(seen);
    seen += names.length;
  }
  await walk.leave?.(job, depth);
}
