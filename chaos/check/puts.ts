// What a run puts exists where the run was accepted, and nowhere else (J6); `local.once` committed once (O5).
import { acceptedRun, type Facts } from './facts.js';
import type { Violation } from './violation.js';

export function checkPuts(facts: Facts): Violation[] {
  const found: Violation[] = [];
  const wanted = new Map<string, { job: string; isWanted: boolean; run: string }>();
  const onces = onceRuns(facts);
  for (const { job, run, child, once } of facts.all('put in run')) {
    const owner = facts.of(job);
    const accepted = once ? onces.get(job) : acceptedRun(owner);
    const isWanted = accepted === run || (wanted.get(child)?.isWanted ?? false);
    wanted.set(child, { job, isWanted, run });
  }
  for (const [child, { job, isWanted, run }] of wanted) {
    const isThere = facts.of(child).stored !== undefined;
    // Of a job that was taken away in the middle of `once` it cannot be told from outside whether it had committed.
    if (isThere === isWanted) continue;
    const isOnce = facts.lines.some((line) => line.what === 'put in run' && line.child === child && line.once);
    if (isOnce && isThere && !onces.has(job)) continue;
    const what = isThere
      ? `it is there, though run ${run} of ${job} was not accepted`
      : `run ${run} of ${job} was accepted, and it is not there`;
    found.push({ rule: 'J6', job: child, what });
  }
  return found;
}

export function checkOnce(facts: Facts): Violation[] {
  const values = new Map<string, Set<unknown>>();
  for (const { job, value } of facts.all('once gave')) values.set(job, (values.get(job) ?? new Set()).add(value));
  return [...values].flatMap(([job, given]) =>
    given.size > 1 ? [{ rule: 'O5', job, what: `once gave ${[...given].join(' and ')}` }] : [],
  );
}

/** By job: the run whose `once` was stored. */
function onceRuns(facts: Facts): Map<string, string> {
  return new Map(facts.all('once gave').map(({ job, value }) => [job, String(value)]));
}
