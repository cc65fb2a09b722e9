// Jobs that were appended to those that another one waits for: each is a field of that one's hash, `appended:<id>`, with its place
// and what is stored of it, so that a claim brings them all, and adding one costs the same however many there are (C4).
import type { NewStoredJob } from '../store.js';
import { isNames, isObject, parsed } from './damaged.js';
import type { JobFields } from './fields.js';

const FIELD = 'appended:';
const JOINED = 'joined:';

/** What the field holds after the place. */
export function appendedEntry(job: NewStoredJob): string {
  return JSON.stringify(job);
}

/** The names of the jobs that a job is called with: as they were scheduled, then those appended since, each in a field `joined:<name>`. */
export function joinedJobs(fields: JobFields): string[] {
  const more = (Object.entries(fields) as [string, string][]).filter(([name]) => name.startsWith(JOINED));
  more.sort(([, a], [, b]) => Number(a) - Number(b));
  return [...(parsed('joined', fields.joined, isNames) ?? []), ...more.map(([name]) => name.slice(JOINED.length))];
}

/** The appended jobs among the fields of a hash, in order. @throws DamagedRecord */
export function appendedJobs(fields: JobFields): NewStoredJob[] {
  const found: { place: number; job: NewStoredJob }[] = [];
  for (const [name, value] of Object.entries(fields) as [string, string][]) {
    if (!name.startsWith(FIELD)) continue;
    const space = value.indexOf(' ');
    const job = parsed('appended', value.slice(space + 1), isObject<NewStoredJob>);
    if (job) found.push({ place: Number(value.slice(0, space)), job });
  }
  return found.sort((a, b) => a.place - b.place).map(({ job }) => job);
}
