// Jobs that were appended to those that another one waits for: each is a field of that one's hash,
// `appended:<id>`, with its place and what is stored of it, so that a claim brings them all, and
// adding one costs the same however many there are (C4).
import type { NewStoredJob } from '../../model/records.js';
import { isManifest, isNames, isObject, parsed } from './damaged.js';
import type { JobFields } from './fields.js';

const FIELD = 'appended:';
const JOINED = 'joined:';

/** What the field holds after the place. */
export function appendedEntry(job: NewStoredJob): string {
  return JSON.stringify(job);
}

/**
 * The names of the jobs that a job is called with: as they were scheduled, then those appended
 * since, each in a field `joined:<name>`.
 */
export function joinedJobs(fields: JobFields): string[] {
  const more = (Object.entries(fields) as [string, string][]).filter(([name]) =>
    name.startsWith(JOINED),
  );
  more.sort(([, a], [, b]) => Number(a) - Number(b));
  return [
    ...(parsed('joined', fields.joined, isNames) ?? []),
    ...more.map(([name]) => name.slice(JOINED.length)),
  ];
}

/**
 * The appended jobs among the fields of a hash, in order; without those of an earlier life, where
 * the job has scheduled others since: see `stillAppended`.
 * @throws DamagedRecord
 */
export function appendedJobs(fields: JobFields): NewStoredJob[] {
  const found: { place: number; job: NewStoredJob }[] = [];
  for (const [name, value] of Object.entries(fields) as [string, string][]) {
    if (!name.startsWith(FIELD)) continue;
    const space = value.indexOf(' ');
    const job = parsed('appended', value.slice(space + 1), isObject<NewStoredJob>);
    const [place, appendedBy] = value.slice(0, space).split('/');
    if (job) found.push({ place: Number(place), job: appendedBy ? { ...job, appendedBy } : job });
  }
  const jobs = found.sort((a, b) => a.place - b.place).map(({ job }) => job);
  const manifest = parsed('manifest', fields.manifest, isManifest);
  return manifest ? stillAppended(jobs, manifest.jobs.map(idIn)) : jobs;
}

/**
 * Those of the appended jobs that belong to a join of the jobs with these ids. A task that was let
 * run again may make the job anew that has appended one (O3): that one appends anew as well, and
 * what its predecessor has appended goes with it.
 */
export function stillAppended(
  appended: readonly NewStoredJob[],
  ids: Iterable<string>,
): NewStoredJob[] {
  const joined = new Set(ids);
  return appended.filter(({ id, appendedBy }) => {
    const isStill = appendedBy === undefined || joined.has(appendedBy);
    if (isStill) joined.add(id);
    return isStill;
  });
}

function idIn(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
