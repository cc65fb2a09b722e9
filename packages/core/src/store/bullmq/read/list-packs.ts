// Packs in a listing, which shows their parts (docs/protocol/packs.md).
import type { RedisClient } from '../../../redis/connection.js';
import { chunksOf } from '../../../lib/chunks.js';
import { statusOf, type JobStatus, type StoredState } from '../../../model/job-state.js';
import type { LaneKeys } from '../keys.js';
import { CHUNK, runScript } from '../scripts/run-script.js';

/** The facts of a pack that decide the states of its parts. */
export interface PackFacts {
  /** The number of its parts. */
  count: number;
  /** The number of parts that have ended. */
  ended: number;
  /** They are the steps of a `serial`. */
  inOrder: boolean;
  /** When it has ended, or was claimed last: ms since 1970. */
  at: number;
}

/** The number of facts about one entry that `packFacts` answers with. */
const FACTS = 4;
/** So many jobs at the head of a lane are looked through for packs of which parts have ended. */
const NEAR = 1_000;
/** The id of a pack is a UUID of version 8, and that of a job one of version 7. */
export const hasPackId = (id: string): boolean => id[14] === '8';

export async function hasPacks(client: RedisClient, keys: LaneKeys): Promise<boolean> {
  return (await client.exists(keys.list('packs'))) === 1;
}

/** The packs among the entries of a list; undefined for one that was opened meanwhile. */
export async function packsAmong(
  client: RedisClient,
  keys: LaneKeys,
  ids: readonly string[],
): Promise<ReadonlyMap<string, PackFacts | undefined>> {
  const packs = new Map<string, PackFacts | undefined>();
  for (const chunk of chunksOf(ids.filter(hasPackId), CHUNK)) {
    const reply = await runScript(client, 'packFacts', [keys.list('wait')], [keys.base, ...chunk]);
    for (const [i, facts] of chunksOf(reply as number[], FACTS).entries()) {
      const [count = 0, ended = 0, inOrder, at = 0] = facts;
      const pack = { count, ended, inOrder: inOrder === 1, at };
      packs.set(chunk[i] as string, count > 0 ? pack : undefined);
    }
  }
  return packs;
}

/**
 * The positions of the parts of a pack that have one of these statuses, in the order of the
 * listing. Ended parts are listed with the ended jobs, wherever the pack is.
 * @param state of the list in which the pack is
 */
export function positionsIn(
  { count, ended, inOrder }: PackFacts,
  state: StoredState,
  statuses: ReadonlySet<JobStatus>,
): number[] {
  const isFinished = state === 'finished';
  const [first, last] = isFinished ? [1, ended] : [ended + 1, count];
  const positions: number[] = [];
  for (let position = first; position <= last; position++) {
    const waitsForStep = inOrder && !isFinished && position > first;
    const facts = { claims: 0, suspended: false, hasResult: isFinished };
    const status = statusOf({ state: waitsForStep ? 'waiting-children' : state, ...facts });
    if (statuses.has(status)) positions.push(position);
  }
  return isFinished ? positions.reverse() : positions;
}

/** The claimed packs, and those near the head of the lane, of which parts have ended. */
export async function partlyEnded(
  client: RedisClient,
  keys: LaneKeys,
): Promise<[id: string, at: number][]> {
  const lists = await Promise.all([
    client.lrange(keys.list('active'), 0, -1),
    client.lrange(keys.list('wait'), -NEAR, -1),
    client.zrange(keys.list('prioritized'), 0, String(NEAR - 1)),
  ]);
  const packs = await packsAmong(client, keys, lists.flat());
  return [...packs].flatMap(([id, pack]): [string, number][] =>
    pack && pack.ended > 0 ? [[id, pack.at]] : [],
  );
}
