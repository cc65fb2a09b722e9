// Lets time pass in a queue, for tests: its times become earlier, since Redis's clock cannot be set
// (docs/protocol/travel.md).
import { chunksOf } from '../../../lib/chunks.js';
import { MAIN_LANE } from '../../../lib/names.js';
import { timeAfter } from '../../../model/schedules/times.js';
import { laneKeysOf } from '../put/lanes.js';
import type { QueueDeps } from '../queue-access.js';
import { putStep } from '../schedules/put-step.js';
import { readSchedule } from '../schedules/schedule-records.js';
import { runScript } from '../scripts/run-script.js';

/** Work that an active dispatcher has. */
export interface Work {
  lane: string;
  /** Jobs that run, jobs that are due, or one whose `beginBy` has passed. */
  kind: 'running' | 'due' | 'late';
  /** One of these jobs. */
  jobId: string;
  count: number;
}

/** A schedule whose time has come by its own clock. */
interface DueSchedule {
  name: string;
  /** By how many ms its clock is ahead of Redis's. */
  ahead: number;
}

export interface QueueTimes {
  /** Ms until the next time at which a dispatcher has something to do; undefined: there is none. */
  untilNext: number | undefined;
  dueSchedules: DueSchedule[];
  /** Undefined: no active dispatcher has anything to do now. */
  work: Work | undefined;
}

const KINDS = {
  active: 'running',
  wait: 'due',
  delayed: 'due',
  'begin-by': 'late',
  opening: 'due',
} as const;

export async function readTimes({ client, keys }: QueueDeps): Promise<QueueTimes> {
  const reply = await runScript(
    client,
    'queueTimes',
    [keys.schedules],
    [keys.root, keys.queueBase],
  );
  const [now, next, schedules, lane, list, jobId, count] = reply as [
    number,
    number,
    string[],
    string,
    keyof typeof KINDS | '',
    string,
    number,
  ];
  return {
    untilNext: next === 0 ? undefined : next - now,
    dueSchedules: chunksOf(schedules, 3).map(([name = '', , ahead]) => ({
      name,
      ahead: Number(ahead),
    })),
    work:
      list === ''
        ? undefined
        : { lane: lane.slice(1) || MAIN_LANE, kind: KINDS[list], jobId, count },
  };
}

/** Makes all that the queue holds so much older. Jobs that are due by then may be claimed. */
export async function age({ client, keys }: QueueDeps, ms: number): Promise<void> {
  for (const lane of await laneKeysOf(client, keys)) {
    let at = ['', ''];
    do {
      const args = [lane.base, ms, ...at];
      at = (await runScript(client, 'ageLane', [lane.list('delayed')], args)) as string[];
    } while (at[0] !== '');
  }
  let from = '';
  do {
    const args = [keys.queueBase, ms, from];
    from = (await runScript(client, 'ageQueue', [keys.deadlines], args)) as string;
  } while (from !== '');
}

/** Puts a job for each time of a schedule that has come by its own clock. */
export async function putSchedule(
  { client, keys }: QueueDeps,
  { name, ahead }: DueSchedule,
): Promise<void> {
  const schedule = await readSchedule(client, keys, name);
  if (schedule?.next === undefined) return;
  const { times, next } = schedule;
  await putStep(client, keys, schedule, { put: next, next: timeAfter(times, next) }, ahead);
}
