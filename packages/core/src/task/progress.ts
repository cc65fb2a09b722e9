// How far a composite is, and some of its parts (C6).
import { checkWhole } from '../lib/whole-number.js';
import { requirePlace } from '../job/handle-data.js';
import type { Job } from '../job/job.js';
import type { Progress } from '../model/counts.js';
import type { Parts, PartStates } from '../model/reports/parts.js';

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
  checkWhole('most', most, { from: 0, to: 1_000 });
  const { gateway, lane } = requirePlace(joining);
  return await gateway.parts(joining.id, lane, most);
}

/**
 * Some of the jobs that `joining` waits for, in the order given (C1), and what each does, without
 * reading them. It costs Redis some ms for each thousand that are told, and the list of their ids.
 * @param options `start`: the position of the first, from 0. Default: 0. `most`: so many, from 1 to
 *   1,000. Default: 1,000
 * @returns undefined where it has not begun to wait
 * @throws BadStatusError where `joining` is new; InvalidArgumentError for a bad `start` or `most`
 */
export async function partStatesOf(
  joining: Job,
  { start = 0, most = 1_000 }: { start?: number; most?: number } = {},
): Promise<PartStates | undefined> {
  checkWhole('most', most, { from: 1, to: 1_000 });
  checkWhole('start', start, { from: 0, to: Number.MAX_SAFE_INTEGER });
  const { gateway, lane } = requirePlace(joining);
  return await gateway.partStates(joining.id, lane, start, most);
}
