// How far a composite is, and some of its parts (C6).
import { InvalidArgumentError } from '../errors.js';
import { requirePlace } from '../job/handle-data.js';
import type { Job } from '../job/job.js';
import type { Progress } from '../model/counts.js';
import type { Parts } from '../model/reports/parts.js';

/**
 * Counts the jobs that `joining` waits for with `joinJobs`, by what they do, as they are in Redis
 * now: those that it was given, and the appended ones. It reads none of them, and costs some ms of
 * Redis for each thousand, in steps of 500 at most. Jobs may go on between two steps.
 * @returns undefined where it has not begun to wait
 * @throws BadStatusError where `joining` is new
 */
export async function progressOf(joining: Job): Promise<Progress | undefined> {
  const { gateway, lane } = requirePlace(joining);
  return await gateway.progress(joining.id, lane);
}

/**
 * The same as `progressOf`, at the same cost, with the places of some of these jobs: the first
 * ones, those that have failed, and those that are active. Read one with `queue.get(id)`.
 * @param options `most`: so many of each kind, from 0 to 1,000. Default: 20
 * @throws BadStatusError where `joining` is new; InvalidArgumentError for a bad `most`
 */
export async function partsOf(
  joining: Job,
  { most = 20 }: { most?: number } = {},
): Promise<Parts | undefined> {
  if (!Number.isInteger(most) || most < 0 || most > 1_000)
    throw new InvalidArgumentError('most must be a whole number from 0 to 1,000');
  const { gateway, lane } = requirePlace(joining);
  return await gateway.parts(joining.id, lane, most);
}
