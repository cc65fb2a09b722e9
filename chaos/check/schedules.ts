// Schedules: each planned time has its job once, none is left out but those that were skipped or
// missed, and with `overlap: 'skip'` no job comes before the end of the one before (Q10).
import type { Line } from '../history.js';
import { parse, type Facts, type JobFacts } from './facts.js';
import type { Violation } from './violation.js';

/** ms between the clocks of Redis and of the lines. */
const EXACT = 50;
/** Times that may pass between the last look at a schedule and its removal. */
const AFTER = 2;

type Ended = Extract<Line, { what: 'schedule ended' }>;

interface Planned {
  job: JobFacts;
  time: number;
}

export function checkSchedules(facts: Facts): Violation[] {
  const found: Violation[] = [];
  const byName = jobsByName(facts);
  const names = new Set(facts.all('schedule set').map(({ name }) => name));
  for (const name of names) {
    const add = (what: string, job?: string): void =>
      void found.push({ rule: 'Q10', ...(job !== undefined && { job }), what: `${name}: ${what}` });
    const sets = facts.all('schedule set').filter((line) => line.name === name);
    const [first] = sets;
    if (!first) continue;
    const acknowledged = sets.find((line) => line.acknowledged);
    const its = (byName.get(name) ?? []).sort((a, b) => a.time - b.time);
    const { schedule } = first;
    checkTimes(its, schedule.every, add);
    if (schedule.overlap === 'skip') checkOverlap(its, add);
    const end = facts.all('schedule ended').find((line) => line.name === name);
    if (!end) continue;
    if (acknowledged && end.next === undefined) add('it is not there any more');
    if (end.late) add('it stands behind the clock, when all is healed');
    if (schedule.missed === 'all' && acknowledged)
      checkComplete(
        its,
        end,
        schedule,
        [first.at, acknowledged.at].map((at) => at + facts.redisClock),
        add,
      );
    for (const { job } of its)
      for (const { tag } of job.starts)
        if (tag !== undefined && tag !== schedule.tag) add(`its job has the tag ${tag}`, job.id);
  }
  return found;
}

type Add = (what: string, job?: string) => void;

function jobsByName(facts: Facts): Map<string, Planned[]> {
  const byName = new Map<string, Planned[]>();
  for (const job of facts.jobs.values()) {
    const options = (parse(job.stored?.fields['opts']) ?? {}) as {
      schedule?: { name: string; time: number };
    };
    const { schedule } = options;
    if (!schedule) continue;
    byName.set(schedule.name, [...(byName.get(schedule.name) ?? []), { job, time: schedule.time }]);
  }
  return byName;
}

/** On one grid, and each once. */
function checkTimes(its: readonly Planned[], every: number, add: Add): void {
  const [first] = its;
  for (const [i, { job, time }] of its.entries()) {
    if (its[i - 1]?.time === time) add(`two jobs have the time ${time}`, job.id);
    if (first && (time - first.time) % every !== 0)
      add(`its time ${time} is not on the grid`, job.id);
    if (Number(job.stored?.fields['timestamp']) < time)
      add(`it was put before its time ${time}`, job.id);
  }
}

/** Each was put when the one before had ended. */
function checkOverlap(its: readonly Planned[], add: Add): void {
  for (const [i, { job }] of its.entries()) {
    const before = its[i - 1]?.job;
    if (!before) continue;
    const ended = Number(before.ends.at(-1)?.at.split('-')[0] ?? Infinity);
    const putAt = Number(job.stored?.fields['timestamp']);
    if (putAt < ended) add(`it was put ${ended - putAt} ms before the end of ${before.id}`, job.id);
  }
}

/** All times from its set to where it stood in the end have a job, or were skipped. */
function checkComplete(
  its: readonly Planned[],
  { next, skipped = 0 }: Ended,
  { every }: { every: number },
  [tried = 0, acknowledged = 0]: readonly number[],
  add: Add,
): void {
  const [first] = its;
  if (next === undefined) return;
  if (!first) return add('it has put no job');
  if (first.time < tried - EXACT || first.time > acknowledged + EXACT)
    add(`its first time is ${first.time}, and it was set from ${tried} to ${acknowledged}`);
  const times = Math.round((next - first.time) / every);
  const there = its.filter(({ time }) => time < next).length;
  if (Math.abs(times - there - skipped) > (skipped > 0 ? AFTER : 0))
    add(`it has had ${times} times, ${there} jobs, and skipped ${skipped}`);
}
