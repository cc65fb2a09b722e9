// Nothing begins before its time, ends by `beginBy` before that, or is delayed by a clock that is
// wrong: all go by Redis's clock (Q2).
import { BACKOFF } from '../plans.js';
import { endOf, failureOf, type Facts, type JobFacts } from './facts.js';
import { isRetimed } from './updates.js';
import type { Violation } from './violation.js';

/** ms: times are whole, and lines are written a moment before or after what they tell. */
const EXACT = 50;
/** ms between the claim of a job and the first line of its body, on a busy machine. */
const BUSY = 3_000;

export function checkTimes(facts: Facts): Violation[] {
  const found: Violation[] = [];
  const puts = putTimes(facts);
  for (const job of facts.jobs.values()) {
    const add = (what: string): void => void found.push({ rule: 'Q2', job: job.id, what });
    const put = puts.get(job.id);
    const due = job.made?.due;
    if (put && due && !isRetimed(job)) checkDue(job, put, due, facts, add);
    checkBackoff(job, add);
  }
  return found;
}

interface PutTimes {
  /** When it was asked for first, and when it was acknowledged. */
  tried: number;
  acknowledged?: number;
}

/** By job. A put inside a run is acknowledged at an unknown time. */
function putTimes(facts: Facts): Map<string, PutTimes> {
  const times = new Map<string, PutTimes>();
  for (const { put, at, acknowledged } of facts.all('put')) {
    const known = times.get(put.id) ?? { tried: at };
    times.set(put.id, known);
    if (acknowledged) known.acknowledged ??= at;
  }
  for (const { child, at } of facts.all('put in run'))
    if (!times.has(child)) times.set(child, { tried: at });
  return times;
}

function checkDue(
  job: JobFacts,
  { tried, acknowledged }: PutTimes,
  { after = 0, by }: { after?: number; by?: number },
  facts: Facts,
  add: (what: string) => void,
): void {
  const [first] = job.starts;
  const early = first ? tried + after - first.at : 0;
  if (first && early > EXACT)
    add(`${first.who} began it ${Math.round(early)} ms before it was due`);
  if (by === undefined) return;
  const overdue = first && acknowledged !== undefined ? first.at - (acknowledged + after + by) : 0;
  if (first && overdue > BUSY)
    add(`${first.who} began it ${Math.round(overdue)} ms after its beginBy`);
  const end = endOf(job);
  if (!end || failureOf(job) !== 'TimeoutError') return;
  const ended = Number(end.at.split('-')[0]) - facts.redisClock;
  const soon = tried + after + by - ended;
  if (soon > EXACT) add(`its beginBy ended it ${Math.round(soon)} ms too soon`);
}

/**
 * One that fails at first is tried again when its policy says; where it was interrupted, at once.
 */
function checkBackoff(job: JobFacts, add: (what: string) => void): void {
  if (job.put?.kind !== 'retrying later' || job.stored?.fields['interruptions'] !== undefined)
    return;
  const [first, second] = job.starts;
  const failed = job.lines.find((line) => line.what === 'end' && line.run === first?.run);
  if (!second || !failed) return;
  const early = failed.at + BACKOFF - second.at;
  if (early > EXACT) add(`${second.who} tried it again ${Math.round(early)} ms before its time`);
}
