// Finds which jobs of a page of one of BullMQ's lists belong to a listing, without reading most of
// them.
import type { RedisClient } from '../../../redis/connection.js';
import { chunksOf } from '../../../lib/chunks.js';
import { statusOf, type JobStatus, type StoredState } from '../../../model/job-state.js';
import type { StoredJob } from '../../../model/records.js';
import type { JobFields } from '../fields.js';
import type { LaneKeys } from '../keys.js';
import { runScript } from '../scripts/run-script.js';
import {
  factsOf,
  looksAtEach,
  matcherOf,
  type ListedFacts,
  type ListFilter,
} from './list-filter.js';
import { claimerOf } from './job-facts.js';
import { packsAmong, positionsIn } from './list-packs.js';
import type { Source } from './list-sources.js';
import { readParts } from './read.js';

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
const FACTS = 9;
/** One call of it looks at so many jobs, which takes some ms of Redis. */
const STEP = 500;

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
  return looksAtEach(filter, source.hasTimes) ? await passingIn(lane, runs, opened) : runs;
}

/** Notes that a pack was opened. Returns whether the listing begins again. */
export function restartsFor(id: string, opened: Opened): boolean {
  opened.ids.add(id);
  return opened.restarts;
}

/** Reads the parts in runs, and keeps those that pass the filter. */
async function passingIn(
  { client, keys, filter }: LaneListing,
  runs: readonly Run[],
  opened: Opened,
): Promise<Run[] | typeof RESTART> {
  const kept: Run[] = [];
  const reading = runs.map(async ({ id, positions }) =>
    positions ? await readParts(client, keys, id, positions) : undefined,
  );
  const passes = matcherOf(filter);
  for (const [i, parts] of (await Promise.all(reading)).entries()) {
    const run = runs[i] as Run;
    if (!run.positions) kept.push(run);
    else if (parts)
      kept.push({ id: run.id, jobs: parts.filter((job) => passes(factsOf(job, filter))) });
    else if (restartsFor(run.id, opened)) return RESTART;
  }
  return kept;
}

/** The ids that pass the filter, by a few facts about each job. */
async function matchingOf(
  { client, keys, filter }: LaneListing,
  { key, state }: Source,
  ids: readonly string[],
): Promise<string[]> {
  const passes = matcherOf(filter);
  const { text = '' } = filter;
  const matching: string[] = [];
  for (let next = 0; next < ids.length;) {
    const args = [keys.base, text, ...ids.slice(next, next + STEP)];
    const reply = await runScript(client, 'listFacts', [key], args);
    for (const row of chunksOf(reply as FactsOfReply[number][], FACTS)) {
      const id = ids[next++] as string;
      const { status, hasText, ...facts } = toFacts(row as unknown as FactsOfReply, state);
      if (facts.task === '' || !filter.statuses.has(status)) continue;
      if (!passes({ ...facts, hasText: hasText !== 0 })) continue;
      if (hasText === 2 && !(await hasInArguments(client, keys, id, text))) continue;
      matching.push(id);
    }
  }
  return matching;
}

/** The reply of `listFacts` about one job. */
type FactsOfReply = readonly [
  task: string,
  claims: number,
  suspended: number,
  hasResult: number,
  pb: string,
  waitingOwner: string,
  putAt: string,
  endedAt: string,
  hasText: 0 | 1 | 2,
];

function toFacts(
  [task, claims, suspended, hasResult, pb, waitingOwner, putAt, endedAt, hasText]: FactsOfReply,
  state: StoredState,
): Omit<ListedFacts, 'hasText'> & { status: JobStatus; hasText: 0 | 1 | 2 } {
  const fields: JobFields = { waitingOwner };
  if (pb) fields.pb = pb;
  if (endedAt) fields.finishedOn = endedAt;
  if (suspended === 1) fields.manifest = '';
  if (hasResult === 1) fields.result = '';
  return {
    task,
    status: statusOf({ state, claims, suspended: suspended === 1, hasResult: hasResult === 1 }),
    dispatcher: claimerOf(fields).dispatcher,
    putAt: Number(putAt),
    endedAt: endedAt ? Number(endedAt) : undefined,
    hasText,
  };
}

/** Of a job with long arguments, which scripts do not read. */
async function hasInArguments(
  client: RedisClient,
  keys: LaneKeys,
  id: string,
  text: string,
): Promise<boolean> {
  return ((await client.hget(keys.job(id), 'data')) ?? '').includes(text);
}
