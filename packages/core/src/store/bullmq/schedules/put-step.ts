// Puts the job of a schedule for one of its times, and lets the schedule stand at a later time
// (Q10).
import { crashPoint } from '../../../lib/crash-points.js';
import type { Step } from '../../../model/schedules/plan.js';
import { jobAt } from '../../../model/schedules/template.js';
import type { RedisClient } from '../../../redis/connection.js';
import type { LaneKeys } from '../keys.js';
import { noteDeadlines } from '../put/deadlines.js';
import { jobArguments } from '../put/job-arguments.js';
import { callWith, stage } from '../put/staged.js';
import { runScript } from '../scripts/run-script.js';
import { keysOf, readTemplate, type StoredSchedule } from './schedule-records.js';

/**
 * @param keys of the queue's main lane
 * @param ahead ms by which a test lets the clock of the schedule be ahead
 * @returns false where another process did it, or the schedule was changed meanwhile
 */
export async function putStep(
  client: RedisClient,
  keys: LaneKeys,
  schedule: StoredSchedule,
  { put: time, next: following }: Exclude<Step, { waitUntil: number }>,
  ahead = 0,
): Promise<boolean> {
  const { name, version, next = 0 } = schedule;
  const args = [name, version, next, following ?? 'inf', time ?? ''];
  if (time === undefined) {
    const scriptKeys = keysOf(keys, name, keys.schedule(name));
    return (await runScript(client, 'putScheduled', scriptKeys, args)) === 1;
  }
  const template = await readTemplate(client, keys, schedule);
  if (!template) return false;
  const job = jobAt(template, keys.schedule(name), name, time);
  const lane = keys.sibling(job.lane);
  await noteDeadlines(client, keys, [job]);
  crashPoint('put-scheduled.before');
  const staged = stage(client, lane, [job]);
  for (const sent of staged.jobs) args.push(lane.base, ...jobArguments(lane, sent));
  if (ahead > 0) args.push(ahead);
  const scriptKeys = keysOf(keys, name, lane.job(job.id));
  const reply = await callWith(staged, () => runScript(client, 'putScheduled', scriptKeys, args));
  crashPoint('put-scheduled.after');
  return reply === 1;
}
