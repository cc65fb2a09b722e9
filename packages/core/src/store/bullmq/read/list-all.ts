// Lists all jobs that pass a filter, each once, although jobs move meanwhile (Q11).
import { readClock } from '../../../redis/clock.js';
import type { RedisClient } from '../../../redis/connection.js';
import type { StoredJob } from '../../../model/records.js';
import type { LaneKeys } from '../keys.js';
import type { ListFilter } from './list-filter.js';
import { listJobs, type Listed } from './list.js';

/**
 * The lists are read in rounds, page after page, until a round finds no further job. One round
 * misses a job that moves from a list that is still to be read to one that has been read, or that
 * moves up in its list, over the end of a page. The next round reads the lists in the other order:
 * so it finds a job that has moved once, whenever that was.
 *
 * A round but the first one takes only jobs that were put, or have ended, before the call. So it
 * ends while producers put, and dispatchers run jobs.
 */
export async function listAll<T>(
  client: RedisClient,
  lanes: readonly LaneKeys[],
  filter: ListFilter,
  listed: Pick<Listed<T>, 'keep' | 'mayGoOn'>,
): Promise<T[]> {
  const begun = await readClock(client);
  const wasThere = ({ times }: StoredJob): boolean => (times?.ended ?? times?.put ?? 0) <= begun;
  const known = new Map<string, T>();
  for (let round = 0, hasNew = true; hasNew; round++) {
    const isWanted = round === 0 ? undefined : wasThere;
    const how = { ...listed, known, isBackward: round % 2 === 1, isWanted };
    const found = await listJobs(client, lanes, filter, 0, Infinity, how);
    for (const [id, job] of found) known.set(id, job);
    hasNew = found.size > 0 && listed.mayGoOn();
  }
  return [...known.values()];
}
