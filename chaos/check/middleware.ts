// Middleware is around each run, outermost first, and each run has the `meta` of its job, or of the
// job to which that belongs (J11).
import { isDeepStrictEqual } from 'node:util';
import { acceptedRun, type Facts, type JobFacts } from './facts.js';
import type { Violation } from './violation.js';

const AROUND = ['outer', 'inner'];

export function checkMiddleware(facts: Facts): Violation[] {
  const found: Violation[] = [];
  for (const job of facts.jobs.values()) {
    const add = (what: string): void => void found.push({ rule: 'J11', job: job.id, what });
    for (const { who, run, fence, around } of job.starts) {
      if (around === undefined) continue;
      if (!isDeepStrictEqual(around, AROUND))
        add(`${who} ran it within ${around.join(', ') || 'nothing'}`);
      const isLeft = job.lines.some((line) => line.what === 'left' && line.fence === fence);
      if (run === acceptedRun(job) && !isLeft)
        add(`run ${run} was accepted, and its middleware did not see its end`);
    }
  }
  return found;
}

export function checkMeta(facts: Facts): Violation[] {
  const found: Violation[] = [];
  const owners = ownersIn(facts);
  for (const job of facts.jobs.values()) {
    const expected = tagOf(job, owners);
    if (expected === undefined) continue;
    for (const { who, tag } of job.starts) {
      if (tag === expected) continue;
      const what = `${who} ran it with the tag ${tag} in its meta, not ${expected}`;
      found.push({ rule: 'J11', job: job.id, what });
    }
  }
  return found;
}

/** By job the one whose `meta` it gets: its composite, its job, or the job whose run put it. */
function ownersIn(facts: Facts): Map<string, JobFacts> {
  const owners = new Map<string, JobFacts>();
  for (const job of facts.jobs.values()) {
    if (job.parent !== undefined) owners.set(job.id, facts.of(job.parent));
    for (const id of job.put?.callbacks ?? []) owners.set(id, job);
    const postprocess = job.put?.composite?.postprocess;
    if (postprocess !== undefined) owners.set(postprocess, job);
  }
  for (const { job, child } of facts.all('put in run'))
    if (!owners.has(child)) owners.set(child, facts.of(job));
  return owners;
}

function tagOf(job: JobFacts, owners: ReadonlyMap<string, JobFacts>): string | undefined {
  for (let above: JobFacts | undefined = job; above; above = owners.get(above.id))
    if (above.put?.tag !== undefined) return above.put.tag;
  return undefined;
}
