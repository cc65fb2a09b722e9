// Keys: two jobs of one key are never unfinished together where the mode forbids it, none of them
// runs before the other has ended, and a put that stores nothing stores nothing (Q8).
import type { Line } from '../history.js';
import { KEYS } from '../plan.js';
import { acceptedRun, type Facts, type JobFacts } from './facts.js';
import type { Violation } from './violation.js';

type Put = Extract<Line, { what: 'put' }>;

export function checkKeys(facts: Facts): Violation[] {
  const found: Violation[] = [];
  const add = (job: string, what: string): void => void found.push({ rule: 'Q8', job, what });
  const byKey = new Map<string, JobFacts[]>();
  for (const job of facts.jobs.values()) {
    const key = job.made?.key;
    if (key !== undefined) byKey.set(key, [...(byKey.get(key) ?? []), job]);
  }
  checkInstead(facts, add);
  for (const [key, jobs] of byKey) {
    const stored = jobs.filter((job) => job.stored);
    const holders = stored.filter((job) => !isFollower(job));
    checkApart(key, holders, add);
    if (isOf('lasting', key))
      for (const { id } of holders.slice(1)) add(id, `it has key ${key}, as ${holders[0]?.id} has`);
    const runs = new Set(holders.map(acceptedRun));
    for (const job of stored.filter(isFollower)) {
      const run = acceptedRun(job);
      if (run !== undefined && !runs.has(run))
        add(job.id, `it ended with run ${run}, which is of no job with its key ${key}`);
    }
    checkReplaced(key, jobs, facts, add);
  }
  return found;
}

type Add = (job: string, what: string) => void;

function isOf(kind: keyof typeof KEYS, key: string): boolean {
  return (KEYS[kind] as readonly string[]).includes(key);
}

/** It was put by a task when another job had its key: it has the result of that one. */
function isFollower({ stored }: JobFacts): boolean {
  return stored?.fields['manifest'] !== undefined;
}

/** A put that was told of another job, or refused, has stored none. */
function checkInstead(facts: Facts, add: Add): void {
  for (const { put, instead } of facts.all('put')) {
    if (instead === undefined) continue;
    const { stored, starts } = facts.of(put.id);
    if (stored || starts.length > 0)
      add(put.id, `its put was answered with ${instead}, and it is there`);
    if (facts.of(instead).made?.key !== put.key)
      add(put.id, `its put was answered with ${instead}, which never had its key ${put.key}`);
  }
  for (const { put } of facts.all('refused')) {
    const { acknowledged, stored } = facts.of(put.id);
    if (!acknowledged && stored) add(put.id, 'its put was refused, and it is there');
    if (put.whenTaken !== 'refuse') add(put.id, `its put was refused, with ${put.whenTaken}`);
  }
}

interface Life {
  id: string;
  /** ms since 1970, by Redis's clock. */
  from: number;
  to: number;
}

/** None begins, or with most keys is put, before the others have ended. */
function checkApart(key: string, holders: readonly JobFacts[], add: Add): void {
  const lives = holders.map(({ id, stored, claims, ends }): Life => {
    const putAt = Number(stored?.fields['timestamp']);
    const from = isOf('single', key) ? putAt : Math.min(...claims);
    return { id, from, to: Number(ends.at(-1)?.at.split('-')[0] ?? Infinity) };
  });
  let last: Life | undefined;
  for (const life of lives.sort((a, b) => a.from - b.from)) {
    if (last && life.from < last.to)
      add(
        life.id,
        `with key ${key} it came ${last.to - life.from} ms before the end of ${last.id}`,
      );
    if (!last || life.to > last.to) last = life;
  }
}

/** A job that was replaced before its first claim runs with the arguments of that put. */
function checkReplaced(key: string, jobs: readonly JobFacts[], facts: Facts, add: Add): void {
  const replacing = replacements(key, facts);
  for (const { id, starts, claims } of jobs) {
    const [start] = starts;
    const claimed = Math.min(...claims) - facts.redisClock;
    const inTime = replacing.filter(
      ({ instead, acknowledged }) => instead === id && acknowledged < claimed,
    );
    const last = inTime.sort((a, b) => a.acknowledged - b.acknowledged).at(-1);
    if (!last || start?.args === undefined) continue;
    const possible = replacing.filter(({ acknowledged }) => acknowledged >= last.tried);
    if (!possible.some(({ args }) => args === start.args))
      add(id, `it was replaced with ${last.args}, and ran with ${start.args}`);
  }
}

interface Replacement {
  instead?: string;
  args: string | undefined;
  tried: number;
  /** Infinity: it was not. */
  acknowledged: number;
}

function replacements(key: string, facts: Facts): Replacement[] {
  const puts = new Map<string, Replacement>();
  for (const line of facts.all('put') as Put[]) {
    const { put, acknowledged, instead, at } = line;
    if (put.key !== key || put.whenTaken !== 'replace') continue;
    const known = puts.get(put.id) ?? { args: put.args, tried: at, acknowledged: Infinity };
    puts.set(put.id, known);
    if (acknowledged) known.acknowledged = at;
    if (instead !== undefined) known.instead = instead;
  }
  return [...puts.values()];
}
