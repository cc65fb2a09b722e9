// The puts of a run exist if the run was accepted, and only then (J6); `local.once` committed once
// (O5).
import { isBelowStopped } from './ends.js';
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
    // Of a job that was taken away in the middle of `once` it cannot be told from outside whether
    // it had committed.
    if (isThere === isWanted) continue;
    const isOnce = facts.lines.some(
      (line) => line.what === 'put in run' && line.child === child && line.once,
    );
    if (isOnce && isThere && !onces.has(job)) continue;
    // It was appended, and taken back with the rest of its composite.
    if (!isThere && isBelowStopped(facts.of(child), facts)) continue;
    if (!isThere && wasRefused(child, facts)) continue;
    const what = isThere
      ? `it is there, though run ${run} of ${job} was not accepted`
      : `run ${run} of ${job} was accepted, and it is not there`;
    found.push({ rule: 'J6', job: child, what });
  }
  return found;
}

/**
 * Its composite was cancelled before it was appended, as that one has kept no name of it: no more
 * is appended then (C4).
 */
function wasRefused(child: string, facts: Facts): boolean {
  return facts.all('appended in run').some((line) => {
    if (line.child !== child) return false;
    const { cancelled, stored } = facts.of(line.to);
    return cancelled && stored !== undefined && !(`appended:${child}` in stored.fields);
  });
}

export function checkOnce(facts: Facts): Violation[] {
  const found: Violation[] = [];
  const add = (job: string, what: string): void => void found.push({ rule: 'O5', job, what });
  const gave = new Map<string, { at: number; values: Set<unknown> }>();
  for (const { job, value, at } of facts.all('once gave')) {
    const first = gave.get(job) ?? { at, values: new Set() };
    gave.set(job, first);
    first.values.add(value);
  }
  for (const [job, { values }] of gave)
    if (values.size > 1) add(job, `once gave ${[...values].join(' and ')}`);
  for (const { job, run } of facts.all('once called')) {
    // A run that began before may have found nothing, and be refused when it stores what it has.
    const start = facts.of(job).starts.find((line) => line.run === run);
    if (start && start.at > (gave.get(job)?.at ?? Infinity))
      add(job, `run ${run} called the function again, whose value was stored`);
  }
  const stored = new Map<string, Set<string>>();
  for (const { job, run, child, once } of facts.all('put in run')) {
    if (once && facts.of(child).stored) stored.set(job, (stored.get(job) ?? new Set()).add(run));
  }
  for (const [job, runs] of stored)
    if (runs.size > 1) add(job, `what ${runs.size} calls of its function put is there`);
  return found;
}

/** By job: the run whose `once` was stored. */
function onceRuns(facts: Facts): Map<string, string> {
  return new Map(facts.all('once gave').map(({ job, value }) => [job, String(value)]));
}
