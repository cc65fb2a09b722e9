// Appended jobs (C4). Each is a field `appended:<id>` of the hash of the job that waits for it,
// with its position. A claim reads all of them, and an append costs the same however many there
// are.
import type { NewStoredJob } from '../../model/records.js';
import { isManifest, isNames, isObject, parsed } from './record-checks.js';
import type { JobFields } from './fields.js';

const FIELD = 'appended:';
const JOINED = 'joined:';

/** The part of the field after the position. */
export function appendedEntry(job: NewStoredJob): string {
  return JSON.stringify(job);
}

/**
 * The names of the jobs that a postprocess is called with: the scheduled ones, then those appended
 * since, each of which has a field `joined:<name>` with its position.
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
 * The appended jobs among the fields of a hash, in order; of those, where the job has scheduled its
 * children, the ones that `stillAppended` keeps.
 * @throws DamagedRecord
 */
export function appendedJobs(fields: JobFields): NewStoredJob[] {
  const found: { position: number; job: NewStoredJob }[] = [];
  for (const [name, value] of Object.entries(fields) as [string, string][]) {
    if (!name.startsWith(FIELD)) continue;
    const space = value.indexOf(' ');
    const job = parsed('appended', value.slice(space + 1), isObject<NewStoredJob>);
    const [position, appendedBy] = value.slice(0, space).split('/');
    if (job)
      found.push({ position: Number(position), job: appendedBy ? { ...job, appendedBy } : job });
  }
  const jobs = found.sort((a, b) => a.position - b.position).map(({ job }) => job);
  const manifest = parsed('manifest', fields.manifest, isManifest);
  return manifest ? stillAppended(jobs, manifest.jobs.map(idIn)) : jobs;
}

/**
 * The appended jobs that belong to a join of the jobs with these ids. A task that runs again (O3)
 * may make a part anew, with another id. The new part appends anew, so the jobs that the old one
 * appended are left out.
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
