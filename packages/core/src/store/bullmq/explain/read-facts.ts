// Reads the facts that say why a job is not done (O4): of the job, its lane, its quotas, and the
// jobs that it waits for. One script call, whatever the queue has.
import type { ExplainedJob } from '../../../model/explanation.js';
import { statusOf, type StoredState } from '../../../model/job-state.js';
import { SYSTEM_LANE } from '../../../lib/names.js';
import type { OriginLocation } from '../../../model/records.js';
import type { JobFields } from '../fields.js';
import type { LaneKeys } from '../keys.js';
import { runScript } from '../scripts/run-script.js';
import { typed } from '../scripts/store-errors.js';
import type { QueueDeps } from '../queue-access.js';

/** Of another job: key, task, state, claims, whether it has children and a result (1 or 0). */
export type Brief = [
  key: string,
  task: string,
  state?: StoredState,
  claims?: number,
  hasManifest?: number,
  hasResult?: number,
];

/** Lua writes an empty list as an object. */
export type LuaList<T> = T[] | Record<string, never>;

interface Common {
  /** Redis's clock, ms since 1970. */
  now: number;
}

/** The job is not stored. */
export interface MissingFacts extends Common {
  key?: undefined;
  isPulled?: 1;
  /** The key of the job that got its arguments. */
  replaced?: string;
  /** Why `origin` will never store it; undefined: it may. */
  why?: string;
  origin?: Brief;
}

export interface WaitedFacts {
  left: number;
  isAtLeast: 0 | 1;
  isScheduling: 0 | 1;
  jobs: LuaList<Brief>;
}

type Place =
  | 'wait'
  | 'due'
  | 'later'
  | 'beyond'
  | 'parked'
  | 'dead-letters'
  | 'waiting-children'
  | 'active'
  | 'none';

/** The fields of a job that an explanation reads. */
export type ExplainedFields = JobFields & { processedOn?: string };

export interface StoredFacts extends Common {
  key: string;
  brief: Brief;
  fields: ExplainedFields;
  lock?: string;
  limits?: {
    isPaused: 0 | 1;
    pausedAt: string;
    most: number;
    active: number;
    isRateReached: 0 | 1;
  };
  /** The system job that holds it, or that owns it while it waits. */
  decider?: { job: Brief; lock: string; letter: string };
  place?: Place;
  /** The number of jobs before it, the time when it is due, or the entry of the dead letter. */
  at?: number | string;
  quota?: {
    name: string;
    size: number;
    held: number;
    holders: LuaList<Brief>;
    before: number;
    reserved: number;
    /** In the line of its key: the number of keys before that (-1: in no turns), and its job. */
    turn?: [keysBefore: number, onTurn: LuaList<unknown> | Brief];
  };
  rateLimit?: {
    name: string;
    max: number;
    duration: number;
    opensAt: number;
    isClosed: 0 | 1;
    isOpen: 0 | 1;
    before: number;
    reserved: number;
    turn?: [keysBefore: number, onTurn: LuaList<unknown> | Brief];
  };
  awaitedKey?: { key: string; holder: LuaList<unknown> | Brief };
  /** JSON: the entry of an unroutable job. */
  unknown?: string;
  beginBy?: number;
  manifest?: {
    isLong: 0 | 1;
    thenKey?: string;
    parts: number;
    /** A number in figures. */
    chunks?: string;
    postprocess?: Brief;
  };
  waited?: WaitedFacts;
  /** Of a job that was never claimed: the job that it belongs to. */
  outer?: Brief;
  isPostprocess?: 0 | 1;
}

/** @param lane where the job is looked for first; it may be in any other one */
export async function readFacts(
  { client, keys }: QueueDeps,
  { id, lane, origins }: { id: string; lane: string; origins: readonly OriginLocation[] },
): Promise<MissingFacts | StoredFacts> {
  const originKeys = origins.map((origin) =>
    keys.sibling(origin.lane, origin.queue).job(origin.id),
  );
  const args = [keys.base, `${keys.queueBase}/`, SYSTEM_LANE, id, keys.sibling(lane).base];
  const run = () => runScript(client, 'explain', [keys.lanes], [...args, ...originKeys]);
  return JSON.parse((await typed(run)) as string) as MissingFacts | StoredFacts;
}

/** The names of a manifest that is long are counted here: a script would copy them. */
export async function totalOfParts(
  { client }: QueueDeps,
  { key, manifest }: StoredFacts,
): Promise<number | undefined> {
  if (!manifest?.isLong) return manifest?.parts;
  if (!(Number(manifest.chunks) <= MOST_CHUNKS)) return undefined;
  const names = /"jobs":\[(".*?")\]/.exec((await client.hget(key, 'manifest')) ?? '')?.[1];
  return names === undefined ? undefined : names.split('","').length;
}

/** A manifest of more chunks is not read: it has the names of up to 200,000 parts. */
const MOST_CHUNKS = 50;

export function listOf<T>(list: LuaList<T>): T[] {
  return Array.isArray(list) ? list : [];
}

/** @param keys of any lane under the prefix */
export function explainedJob(
  keys: LaneKeys,
  [key, task, state, claims = 0, hasManifest, hasResult]: Brief,
): ExplainedJob {
  const { id, keys: own } = keys.named(key.slice(keys.root.length));
  const status =
    state === undefined
      ? ('gone' as const)
      : statusOf({ state, claims, suspended: hasManifest === 1, hasResult: hasResult === 1 });
  return { id, task, queue: own.queue, lane: own.lane, status };
}
