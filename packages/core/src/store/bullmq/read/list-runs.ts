// Finds which jobs of a page of one of BullMQ's lists belong to a listing, without reading most of
// them.
import type { RedisClient } from '../../../redis/connection.js';
import { chunksOf } from '../../../lib/chunks.js';
import { statusOf, type JobStatus } from '../../../model/job-state.js';
import type { StoredJob } from '../../../model/records.js';
import type { LaneKeys } from '../keys.js';
import { runScript } from '../scripts/run-script.js';
import { packsAmong, positionsIn } from './list-packs.js';
import type { Source } from './list-sources.js';
import { readParts } from './read.js';

export interface ListFilter {
  statuses: ReadonlySet<JobStatus>;
  /** The name of their task. */
  task?: string | undefined;
}

/** The part of a listing that is about one lane. */
export interface LaneListing {
  client: RedisClient;
  keys: LaneKeys;
  filter: ListFilter;
  /** Whether the lane has packs. It is asked for once, and only where that makes a difference. */
  hasPacks: () => Promise<boolean>;
}

/** Packs that were opened while a listing read them. */
export interface Opened {
  /** Their ids. Such an entry of a list is no pack any more. */
  ids: Set<string>;
  /** Whether the listing begins again where one more is found: the list has its parts then. */
  restarts: boolean;
}

/** The listing has to begin again. */
export const RESTART = 'restart';

/** Jobs that stand next to each other: one, or parts of a pack. */
export interface Run {
  /** The id of the job, or of the pack. */
  id: string;
  /** The positions of the parts in their pack. */
  positions?: number[];
  /** The parts themselves, where the filter had to read them. */
  jobs?: StoredJob[];
}

/** The number of facts about one job that `listFacts` answers with. */
const FACTS = 4;

/**
 * The jobs of these entries that pass the filter.
 * @param looks whether jobs that are stored by themselves may not pass it
 */
export async function runsOf(
  lane: LaneListing,
  source: Source,
  ids: readonly string[],
  looks: boolean,
  opened: Opened,
): Promise<Run[] | typeof RESTART> {
  const { client, keys, filter } = lane;
  const candidates = opened.ids.size === 0 ? ids : ids.filter((id) => !opened.ids.has(id));
  const packs = await packsAmong(client, keys, candidates);
  const others = source.mixed === 'packs' ? [] : ids.filter((id) => !packs.has(id));
  const matching = looks ? await matchingOf(lane, source, others) : others;
  if (packs.size === 0) return matching.map((id) => ({ id }));
  const passing = new Set(matching);
  const runs: Run[] = [];
  for (const id of ids) {
    if (passing.has(id)) runs.push({ id });
    if (!packs.has(id)) continue;
    const pack = packs.get(id);
    if (!pack && restartsFor(id, opened)) return RESTART;
    const positions = pack ? positionsIn(pack, source.state, filter.statuses) : [];
    if (positions.length > 0) runs.push({ id, positions });
  }
  return filter.task === undefined ? runs : await ofTask(lane, runs, opened);
}

/** Notes that a pack was opened. Returns whether the listing begins again. */
export function restartsFor(id: string, opened: Opened): boolean {
  opened.ids.add(id);
  return opened.restarts;
}

/** Reads the parts in runs, and keeps those of the wanted task. */
async function ofTask(
  { client, keys, filter }: LaneListing,
  runs: readonly Run[],
  opened: Opened,
): Promise<Run[] | typeof RESTART> {
  const kept: Run[] = [];
  const reading = runs.map(async ({ id, positions }) =>
    positions ? await readParts(client, keys, id, positions, filter.task) : undefined,
  );
  for (const [i, parts] of (await Promise.all(reading)).entries()) {
    const run = runs[i] as Run;
    if (!run.positions) kept.push(run);
    else if (parts) kept.push({ id: run.id, jobs: parts });
    else if (restartsFor(run.id, opened)) return RESTART;
  }
  return kept;
}

/** The ids that pass the filter, by a few facts about each job. */
async function matchingOf(
  { client, keys, filter: { statuses, task } }: LaneListing,
  { key, state }: Source,
  ids: readonly string[],
): Promise<string[]> {
  if (ids.length === 0) return [];
  const reply = await runScript(client, 'listFacts', [key], [keys.base, ...ids]);
  const facts = chunksOf(reply as (string | number)[], FACTS);
  return ids.filter((_, i) => {
    const [name, claims, suspended, hasResult] = facts[i] ?? [];
    const status = statusOf({
      state,
      claims: Number(claims),
      suspended: suspended === 1,
      hasResult: hasResult === 1,
    });
    return name !== '' && statuses.has(status) && (task === undefined || name === task);
  });
}
