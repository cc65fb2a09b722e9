// Lists jobs by status, in the order in which they run. A page reads little more than it shows.
import type { RedisClient } from '../../../redis/connection.js';
import { statusOf } from '../../../model/job-state.js';
import type { StoredJob } from '../../../model/records.js';
import type { LaneKeys } from '../keys.js';
import { hasOutcome, looksAtEach, type ListFilter } from './list-filter.js';
import { hasPacks } from './list-packs.js';
import {
  RESTART,
  restartsFor,
  runsOf,
  type LaneListing,
  type Opened,
  type Run,
} from './list-runs.js';
import { sourcesOf, type Source } from './list-sources.js';
import { readJobs, readParts } from './read.js';

/** One look at a list takes so many ids. */
const PAGE = 1_000;
/** So many where each entry may be a pack of which all parts are read. */
const SHORT_PAGE = 100;
/** One look takes at least so many: the first ones may have another status. */
const MIN_LOOK = 32;
/**
 * How often a listing begins again where packs were opened meanwhile. The last time it leaves out
 * the parts of those: where packs are opened that fast, most of their parts are claimed soon.
 */
const MAX_ATTEMPTS = 5;

/** The progress of a listing. */
interface Page<T> {
  /** The number of matching jobs to pass over. */
  skip: number;
  /** The number of jobs still to read. */
  left: number;
  /** By their ids: a job that moves from list to list meanwhile is found twice. */
  jobs: Map<string, T>;
}

/** The part of each job that a listing keeps, and how long it goes on. */
export interface Listed<T> {
  keep: (job: StoredJob) => T;
  /** Asked before each page. */
  mayGoOn: () => boolean;
  /** Whether a job is among the wanted ones, beside the filter. Default: each is. */
  isWanted?: ((job: StoredJob) => boolean) | undefined;
  /** Of an earlier listing, by their ids: they are not listed again. Default: none. */
  known?: ReadonlyMap<string, T> | undefined;
  /** Whether the last list is read first. Default: false. */
  isBackward?: boolean | undefined;
  /** Told after each page how many entries it had. */
  saw?: ((entries: number) => void) | undefined;
}

const WHOLE: Listed<StoredJob> = { keep: (job) => job, mayGoOn: () => true };

/** Lists whole jobs, and ends after it has looked at so many. */
export function lookingAt(jobs: number): Listed<StoredJob> {
  let left = jobs;
  return { ...WHOLE, mayGoOn: () => left > 0, saw: (count) => (left -= count) };
}

/**
 * The jobs that pass the filter, from position `start` on, up to `count`: lane after lane, in the
 * order in which they run, completed ones newest first. A woken job with a thousand jobs before it
 * that have not begun may not be listed. A pack is listed as its parts. A job that moves from list
 * to list meanwhile is listed once, or not at all.
 * @returns the jobs by their ids
 */
export async function listJobs<T = StoredJob>(
  client: RedisClient,
  lanes: readonly LaneKeys[],
  filter: ListFilter,
  start: number,
  count: number,
  listed: Listed<T> = WHOLE as unknown as Listed<T>,
): Promise<Map<string, T>> {
  const page: Page<T> = { skip: start, left: count, jobs: new Map() };
  for (const keys of lanes) {
    let answer: Promise<boolean> | undefined;
    const ask = () => (answer ??= hasPacks(client, keys));
    const lane: LaneListing = { client, keys, filter, hasPacks: ask };
    const sources = await sourcesOf(client, keys, filter, ask);
    if (listed.isBackward) sources.reverse();
    for (const source of sources) await addFrom(lane, source, page, listed);
  }
  return page.jobs;
}

/** Adds the jobs of one list to the page: those of one moment, as far as packs are opened. */
async function addFrom<T>(
  lane: LaneListing,
  source: Source,
  page: Page<T>,
  listed: Listed<T>,
): Promise<void> {
  const ids = new Set<string>();
  for (let attempt = 1; page.left > 0; attempt++) {
    const found: Page<T> = { ...page, jobs: new Map() };
    const opened = { ids, restarts: attempt < MAX_ATTEMPTS };
    const isNew = (id: string): boolean =>
      !found.jobs.has(id) && !page.jobs.has(id) && listed.known?.has(id) !== true;
    if ((await takeFrom(lane, source, found, opened, { ...listed, isNew })) === RESTART) continue;
    for (const [id, job] of found.jobs) page.jobs.set(id, job);
    Object.assign(page, { skip: found.skip, left: found.left });
    return;
  }
}

/** `isNew`: whether a job has not been found yet. */
type Wanted<T> = Listed<T> & { isNew: (id: string) => boolean };

async function takeFrom<T>(
  lane: LaneListing,
  source: Source,
  page: Page<T>,
  opened: Opened,
  listed: Wanted<T>,
): Promise<typeof RESTART | undefined> {
  const { filter } = lane;
  const isDoneWithGap = source.isDoneWithGap && !looksAtEach(filter, source.hasTimes);
  for (let position = 0; page.left > 0 && listed.mayGoOn();) {
    const looks =
      looksAtEach(filter, source.hasTimes) ||
      source.mixed === 'all' ||
      (source.mixed === 'head' && position < PAGE);
    if (!looks && page.skip > 0 && !(await lane.hasPacks())) {
      const jump = Math.min(page.skip, Math.max(0, (await source.size()) - position));
      page.skip -= jump;
      position += jump;
    }
    const most = await mostEntries(lane, source);
    const least = isDoneWithGap ? PAGE : MIN_LOOK;
    const wanted = Math.min(most, Math.max(least, page.skip + page.left));
    const ids = await source.ids(position, position + wanted - 1);
    const newIds = ids.filter(listed.isNew);
    const runs = await runsOf(lane, source, newIds, looks, opened);
    if (runs === RESTART) return RESTART;
    if ((await takeRuns(lane, runs, page, opened, listed)) === RESTART) return RESTART;
    listed.saw?.(ids.length);
    position += ids.length;
    const isGap = runs.length === 0 && newIds.length === ids.length;
    if (ids.length < wanted || (isDoneWithGap && isGap)) return;
  }
}

/** How many entries of a list one look takes. */
async function mostEntries({ filter, hasPacks }: LaneListing, source: Source): Promise<number> {
  return looksAtEach(filter, source.hasTimes) && (await hasPacks()) ? SHORT_PAGE : PAGE;
}

/** Adds the jobs of runs to the page. */
async function takeRuns<T>(
  lane: LaneListing,
  runs: readonly Run[],
  page: Page<T>,
  opened: Opened,
  { keep, isNew, isWanted = () => true }: Wanted<T>,
): Promise<typeof RESTART | undefined> {
  for (let next = 0; next < runs.length && page.left > 0;) {
    const some: Run[] = [];
    const most = Math.min(page.left, PAGE);
    for (let count = 0; next < runs.length && count < most; next++) {
      const run = runs[next] as Run;
      const size = (run.jobs ?? run.positions)?.length ?? 1;
      const passed = Math.min(page.skip, size);
      page.skip -= passed;
      if (passed === size) continue;
      some.push(slice(run, passed, passed + most - count));
      count += size - passed;
    }
    const found = await readRuns(lane, some);
    for (const [i, jobs = []] of found.entries()) {
      if (!found[i] && restartsFor((some[i] as Run).id, opened)) return RESTART;
      for (const job of jobs) {
        // It may have changed its status since.
        const isListed = lane.filter.statuses.has(statusOf(job)) && hasOutcome(job, lane.filter);
        if (!isListed || !isNew(job.id) || !isWanted(job)) continue;
        page.jobs.set(job.id, keep(job));
        page.left--;
      }
    }
  }
}

function slice(run: Run, start: number, end: number): Run {
  const { positions, jobs } = run;
  if (!positions && !jobs) return run;
  return {
    ...run,
    ...(positions && { positions: positions.slice(start, end) }),
    ...(jobs && { jobs: jobs.slice(start, end) }),
  };
}

/** The jobs of each run. Undefined: the pack was opened. */
async function readRuns(
  { client, keys }: LaneListing,
  runs: readonly Run[],
): Promise<(StoredJob[] | undefined)[]> {
  const single = runs.filter(({ positions, jobs }) => !positions && !jobs).map(({ id }) => id);
  const reading = readJobs(client, keys, single);
  const read = runs.map(async ({ id, positions, jobs }) => {
    if (jobs) return jobs;
    if (positions) return await readParts(client, keys, id, positions);
    const job = (await reading).get(id);
    return job ? [job] : [];
  });
  return await Promise.all(read);
}
