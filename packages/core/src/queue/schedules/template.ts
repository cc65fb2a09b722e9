// Makes the template of a schedule from a new job (Q10).
import { BadStatusError, InvalidArgumentError } from '../../errors.js';
import { callbacksOf, handleData, optionsOf, type AnyHandle } from '../../job/handle-data.js';
import { Job } from '../../job/job.js';
import { notAJob, unlessTask } from '../../job/task-as-job.js';
import { withoutTime } from '../../model/queue-defaults.js';
import type { ScheduleTemplate } from '../../model/schedules/template.js';
import { renewRemoved } from '../../task/revive.js';
import { puttingAlone, toStored } from '../put-job.js';
import type { QueueParts } from '../queue-parts.js';

/**
 * The job stays new. A task stands for a job of it.
 * @throws BadStatusError where the job was put, or belongs to another; InvalidArgumentError for a
 *   value that is no job, and for a `beginAfter`; the errors of a put
 */
export async function toTemplate(parts: QueueParts, what: unknown): Promise<ScheduleTemplate> {
  const job = unlessTask(what);
  if (!(job instanceof Job))
    throw new InvalidArgumentError(`a schedule puts jobs, but it was given ${notAJob(job)}`);
  renewRemoved(job);
  const { state } = job[handleData];
  if (state.kind === 'placed')
    throw new BadStatusError(
      `${String(job)} was put already: give the schedule a new job, of which each time gets a copy`,
    );
  const putDefaults = withoutTime(parts.putDefaults);
  const [stored] = await puttingAlone([job], (placing) =>
    toStored({ ...parts, putDefaults }, [job], {}, placing, undefined),
  );
  if (!stored) throw new InvalidArgumentError('a schedule needs a job');
  const { id, task, args, options, lane, callbacks } = stored;
  // As for a job that is put, and belongs to no other one (J11).
  if (parts.meta) options.meta ??= parts.meta;
  const ids = [...newJobsIn(job)].map((one) => {
    checkBegin(one);
    return one.id;
  });
  return { job: { id, task, args, options, lane, callbacks }, ids: ids.sort() };
}

/** The job, and the new jobs in it at any depth: parts, callbacks, and others in arguments. */
function newJobsIn(job: AnyHandle, found = new Set<AnyHandle>()): Set<AnyHandle> {
  if (found.has(job) || job[handleData].state.kind === 'placed') return found;
  found.add(job);
  // Arguments that were never read hold jobs of which there are no handles yet.
  void job.args;
  for (const inner of [...callbacksOf(job), ...job[handleData].inner]) newJobsIn(inner, found);
  return found;
}

/** A time that is fixed when the schedule is set would be past for all but the first jobs. */
function checkBegin(job: AnyHandle): void {
  if (optionsOf(job).beginAfter === undefined) return;
  throw new InvalidArgumentError(
    `${String(job)} has a beginAfter: the jobs of a schedule begin at its times`,
  );
}
