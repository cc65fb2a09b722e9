// A change of a pending job holds from its acknowledgement on (Q12).
import type { Line } from '../history.js';
import { parse, type Facts, type JobFacts } from './facts.js';
import type { Violation } from './violation.js';

/** ms: times are whole, and lines are written a moment before or after what they tell. */
const EXACT = 50;

type Updated = Extract<Line, { what: 'updated' }>;

export function checkUpdates(facts: Facts): Violation[] {
  return facts.all('updated').flatMap((line) => {
    if (!line.acknowledged) return [];
    const job = facts.of(line.job);
    const tried = updatesOf(job)[0]?.at ?? line.at;
    return wrongWith(job, line, tried).map((what) => ({ rule: 'Q12', job: job.id, what }));
  });
}

function wrongWith({ starts, stored }: JobFacts, { change, at }: Updated, tried: number): string[] {
  const found: string[] = [];
  const { args, after = 0, priority } = change;
  const later = starts.filter((start) => start.at > at);
  const wrong = args === undefined ? undefined : later.find((start) => start.args !== args);
  if (wrong) found.push(`${wrong.who} ran it with ${wrong.args}, when it had been given ${args}`);
  const [first] = later;
  const early = first && after > 0 && starts.length === later.length ? tried + after - first.at : 0;
  if (first && early > EXACT) found.push(`${first.who} began it ${Math.round(early)} ms too soon`);
  const options = (parse(stored?.fields['opts']) ?? {}) as { priority?: number };
  if (stored && priority !== undefined && options.priority !== priority)
    found.push(`it was given priority ${priority}, and has ${options.priority}`);
  return found;
}

function updatesOf({ lines }: JobFacts): Updated[] {
  return lines.filter((line): line is Updated => line.what === 'updated');
}

/** Whether the producer has tried to change its priority. */
export function isMoved(job: JobFacts): boolean {
  return updatesOf(job).some(({ change }) => change.priority !== undefined);
}

/** Whether the producer has tried to change its time. */
export function isRetimed(job: JobFacts): boolean {
  return updatesOf(job).some(({ change }) => change.after !== undefined);
}

/** Arguments that it may have got. */
export function argsGiven(job: JobFacts): string[] {
  return updatesOf(job).flatMap(({ change: { args } }) => args ?? []);
}
