// The schedules of a queue as they are stored (Q10).
import type { RedisClient } from '../../../redis/connection.js';
import type { Missed } from '../../../model/schedules/plan.js';
import type { ScheduleTemplate } from '../../../model/schedules/template.js';
import type { PlannedTimes } from '../../../model/schedules/times.js';
import { DamagedRecord } from '../../../model/store-errors.js';
import type { LaneKeys } from '../keys.js';
import { toNamed } from '../fields.js';
import type { QueueDeps } from '../queue-access.js';
import { isNames, isObject, parsed } from '../record-checks.js';
import { runScript } from '../scripts/run-script.js';

export type Overlap = 'allow' | 'skip';

/** A schedule to store. */
export interface NewSchedule {
  name: string;
  times: { cron: string; timezone: string } | { every: number };
  /** The first time of a cron expression, in ms since 1970. */
  first: number | undefined;
  template: ScheduleTemplate;
  overlap: Overlap;
  missed: Missed;
  /** Differs between calls, and stays the same when a call is repeated. */
  version: string;
}

/** A schedule as it is read, without its template. */
export interface StoredSchedule {
  name: string;
  /** The next time, in ms since 1970; undefined where it is paused, or no other time comes. */
  next: number | undefined;
  times: PlannedTimes;
  version: string;
  task: string;
  lane: string;
  overlap: Overlap;
  missed: Missed;
  paused: boolean;
  /** The job that it has put last. */
  last: { id: string; time: number } | undefined;
  /** The number of times at which `overlap: 'skip'` put no job. */
  skipped: number;
}

export async function setSchedule(
  client: RedisClient,
  keys: LaneKeys,
  schedule: NewSchedule,
): Promise<void> {
  const { name, times, first, template, overlap, missed, version } = schedule;
  const { task, lane } = template.job;
  const fields = { task, lane, overlap, missed, version, template: JSON.stringify(template) };
  const args = [name, first ?? '', JSON.stringify(times), ...Object.entries(fields).flat()];
  await runScript(client, 'setSchedule', keysOf(keys, name, keys.system.marker), args);
}

/** 'set meanwhile': `next` was computed from a record that is stored no more. */
export async function changeSchedule(
  client: RedisClient,
  keys: LaneKeys,
  name: string,
  step: 'pause' | 'remove' | { resume: { version: string; next: number | undefined } },
): Promise<'done' | 'no such schedule' | 'set meanwhile'> {
  const args =
    typeof step === 'string'
      ? [name, step, '', '']
      : [name, 'resume', step.resume.version, step.resume.next ?? 'inf'];
  const scriptKeys = keysOf(keys, name, keys.system.marker);
  const reply = await runScript(client, 'changeSchedule', scriptKeys, args);
  return reply === 1 ? 'done' : reply === 2 ? 'set meanwhile' : 'no such schedule';
}

export function keysOf(keys: LaneKeys, name: string, third: string): string[] {
  return [keys.schedules, keys.schedule(name), third];
}

/** The names of all schedules of a queue, in order. */
export async function scheduleNames(client: RedisClient, keys: LaneKeys): Promise<string[]> {
  return (await client.zrange(keys.schedules, 0, '-1')).sort();
}

/** Removes all schedules of a queue. */
export async function removeSchedules({ client, keys }: QueueDeps): Promise<void> {
  for (const name of await scheduleNames(client, keys))
    await changeSchedule(client, keys, name, 'remove');
}

const FIELDS = [
  ...['times', 'start', 'version', 'task', 'lane', 'overlap', 'missed', 'paused'],
  ...['last', 'lastTime', 'skipped'],
];

/**
 * Undefined: there is no such schedule.
 * @throws DamagedRecord, which names it
 */
export async function readSchedule(
  client: RedisClient,
  keys: LaneKeys,
  name: string,
): Promise<StoredSchedule | undefined> {
  const [score, values] = await Promise.all([
    client.zscore(keys.schedules, name),
    client.hmget(keys.schedule(name), ...FIELDS),
  ]);
  if (score === null) return undefined;
  const found = FIELDS.flatMap((field, i) => {
    const value = values[i];
    return typeof value === 'string' ? [field, value] : [];
  });
  return naming(name, () => toSchedule(name, score, toNamed(found)));
}

/** @throws DamagedRecord, which names the schedule; undefined: it was removed meanwhile */
export async function readTemplate(
  client: RedisClient,
  keys: LaneKeys,
  { name, version }: StoredSchedule,
): Promise<ScheduleTemplate | undefined> {
  const [json, now] = await client.hmget(keys.schedule(name), 'template', 'version');
  if (now !== version) return undefined;
  return naming(name, () => parsed('template', json ?? '', isTemplate));
}

function toSchedule(
  name: string,
  score: string,
  fields: Record<string, string | undefined>,
): StoredSchedule {
  const times = parsed('times', fields['times'] ?? '', isTimes);
  const { start, version, task, lane, overlap, missed, paused, last, lastTime, skipped } =
    fields as Record<(typeof FIELDS)[number], string | undefined>;
  const isWhole = times && ('cron' in times || Number.isInteger(Number(start ?? '-')));
  if (!isWhole || version === undefined || task === undefined || lane === undefined)
    throw new DamagedRecord('fields of it are missing');
  const next = Number(score);
  return {
    name,
    next: Number.isFinite(next) ? next : undefined,
    times: 'every' in times ? { every: times.every, start: Number(start) } : times,
    version,
    task,
    lane,
    overlap: overlap === 'skip' ? 'skip' : 'allow',
    missed: missed === 'none' || missed === 'all' ? missed : 'latest',
    paused: paused !== undefined,
    last:
      last === undefined
        ? undefined
        : { id: last.slice(last.lastIndexOf(':') + 1), time: Number(lastTime) },
    skipped: Number(skipped ?? 0),
  };
}

function naming<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DamagedRecord)) throw error;
    throw new DamagedRecord(`the schedule ${JSON.stringify(name)} is damaged: ${error.message}`);
  }
}

function isTimes(value: unknown): value is NewSchedule['times'] {
  if (!isObject<Record<string, unknown>>(value)) return false;
  const { cron, timezone, every } = value;
  return Number.isInteger(every) || (typeof cron === 'string' && typeof timezone === 'string');
}

function isTemplate(value: unknown): value is ScheduleTemplate {
  if (!isObject<Partial<ScheduleTemplate>>(value)) return false;
  const { job, ids } = value;
  return isNames(ids) && isObject(job) && [job.task, job.args, job.lane].every(isString);
}

function isString(value: unknown): boolean {
  return typeof value === 'string';
}
