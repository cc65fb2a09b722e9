// No body runs with other arguments than its job was made with, in whatever process, and none of a
// job that nobody made (J12).
import type { Facts } from './facts.js';
import { argsGiven } from './updates.js';
import type { Violation } from './violation.js';

export function checkArguments(facts: Facts): Violation[] {
  const found: Violation[] = [];
  for (const job of facts.jobs.values()) {
    const { id, starts, made } = job;
    const add = (what: string): void => void found.push({ rule: 'J12', job: id, what });
    for (const args of argsOf(starts)) {
      if (made?.args === undefined || made.args === args) continue;
      if (!argsGiven(job).includes(args) && !isOfReplacement(args, made.key, facts))
        add(`it ran with ${args}, and was made with ${made.args}`);
    }
    if (starts.some(({ name }) => name === 'nothing')) add('it ran without its arguments');
  }
  return found;
}

/**
 * All runs of a job have the same arguments. Not where Redis was restored: it may have lost that a
 * job had run, and a later put with its key gave it others.
 */
export function checkSameArguments({ jobs }: Facts): Violation[] {
  return [...jobs.values()].flatMap(({ id, starts }) => {
    const given = argsOf(starts);
    if (given.size < 2) return [];
    const what = `its runs had different arguments: ${[...given].join(' and ')}`;
    return [{ rule: 'J12', job: id, what }];
  });
}

/** The arguments that runs were given, each once. */
function argsOf(starts: readonly { args?: string | undefined }[]): ReadonlySet<string> {
  return new Set(starts.flatMap(({ args }) => (args === undefined ? [] : [args])));
}

/** A put of a job with the same key may have replaced it (Q8). */
function isOfReplacement(args: string, key: string | undefined, facts: Facts): boolean {
  if (key === undefined) return false;
  return facts
    .all('put')
    .some(({ put }) => put.key === key && put.whenTaken === 'replace' && put.args === args);
}
