// How far a composite is (C6).
import { requirePlace } from '../job/handle-data.js';
import type { Job } from '../job/job.js';
import type { Progress } from '../model/counts.js';

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
