// A new job as arguments of the scripts that put jobs.
import type { NewStoredJob } from '../../../model/records.js';
import type { LaneKeys } from '../keys.js';
import { callbacksArgument } from '../run/callbacks.js';
import { optionsText } from './option-text.js';

/**
 * Id, task, args, options, dueAt ('0': now), callbacks: in the order of `new-job.lua`.
 * @param keys of the lane of the job
 */
export function jobArguments(keys: LaneKeys, job: NewStoredJob): (string | number)[] {
  const { id, task, args, options } = job;
  const { beginAfter = 0 } = options;
  return [id, task, args, optionsText(options), beginAfter, callbacksArgument(keys, job)];
}
