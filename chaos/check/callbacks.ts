// Callbacks: each of a job that has ended ran to success once, in order, with the job's result
// (J7).
import { isDeepStrictEqual } from 'node:util';
import { compared } from './composites.js';
import {
  acceptedRun,
  endOf,
  failureOf,
  parse,
  triedRetries,
  type Facts,
  type JobFacts,
} from './facts.js';
import type { Violation } from './violation.js';

export function checkCallbacks(facts: Facts): Violation[] {
  const found: Violation[] = [];
  const owners = new Map<string, string[]>();
  for (const { id, put, stored } of facts.jobs.values()) {
    if (stored && put?.callbacks) owners.set(id, [...put.callbacks]);
  }
  for (const { of, callback, acknowledged } of facts.all('added callback')) {
    if (acknowledged && facts.of(of).stored) owners.set(of, [...(owners.get(of) ?? []), callback]);
  }
  for (const [owner, callbacks] of owners) {
    for (const id of callbacks) {
      const job = facts.of(id);
      const what = wrongWith(job, facts.of(owner), facts);
      if (what !== undefined)
        found.push({ rule: 'J7', job: id, what: `callback of ${owner}: ${what}` });
    }
    const known = facts.of(owner).put?.callbacks ?? [];
    const ends = known.map((id) => endOf(facts.of(id))?.at ?? '');
    if (ends.some((end, i) => i > 0 && isBefore(end, ends[i - 1] ?? ''))) {
      found.push({
        rule: 'J7',
        job: owner,
        what: `its callbacks ended in another order: ${known.join(', ')}`,
      });
    }
  }
  return found;
}

function wrongWith(job: JobFacts, owner: JobFacts, facts: Facts): string | undefined {
  if (job.ends.length !== 1) return `it ended ${job.ends.length} times`;
  if (endOf(job)?.event === 'failed')
    return owner.cancelled || job.cancelled ? undefined : `it failed: ${failureOf(job)}`;
  const run = acceptedRun(job);
  const got = job.lines.find((line) => line.what === 'got result' && line.run === run);
  if (got?.what !== 'got result') return 'its accepted run is not known';
  // O3: it ran with the result before the retry, and does not run again.
  if (triedRetries(owner, facts) > 0) return undefined;
  const failure = endOf(owner)?.event === 'failed' ? failureOf(owner) : undefined;
  const expected =
    failure === undefined ? compared(parse(owner.stored?.fields['returnvalue'])) : { failure };
  if (isDeepStrictEqual(compared(got.result), expected)) return undefined;
  return `it got ${JSON.stringify(got.result)}, and the result is ${JSON.stringify(expected)}`;
}

/** Of two places in a stream. */
function isBefore(one: string, other: string): boolean {
  const [ms = 0, n = 0] = one.split('-').map(Number);
  const [otherMs = 0, otherN = 0] = other.split('-').map(Number);
  return ms < otherMs || (ms === otherMs && n < otherN);
}
