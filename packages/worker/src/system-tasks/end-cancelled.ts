// The task cancel: ends a cancelled job and all its descendants with a CancelledError (O1). The id
// of the cancel is the token of these jobs, and fences every write: a second run ends the rest.
import { Failure } from '@drover/core';
import {
  crashPoint,
  isAboutRecord,
  refusalCode,
  takeTree,
  type ClaimedJob,
  type LaneStore,
  type Place,
} from '@drover/core/internal';
import { fieldsIn } from '../logging/log-fields.js';
import { logFailure, logDeadLetter, sinceDamaged } from '../logging/log-job.js';
import { subjectOf, type SystemTaskDeps } from './subject.js';

/** `nothing`: the job has ended, or the cancel of an ancestor has taken it over. */
export type CancelResult = 'cancelled' | 'nothing';

/** How many jobs are ended at a time. */
const CONCURRENCY = 50;

export async function endCancelled(
  cancel: ClaimedJob,
  deps: SystemTaskDeps,
): Promise<CancelResult> {
  const { id, store } = subjectOf(cancel, deps);
  crashPoint('cancel.before-end');
  const [job, holder] = await Promise.all([store.read(id), store.holder(id)]);
  if (holder !== cancel.id || job?.verdict?.why !== 'cancelled') return 'nothing';
  // The process of the producer may have died before it had taken all descendants.
  const levels = await takeTree(
    deps.client,
    { id, keys: store.keys },
    cancel.id,
    JSON.stringify(job.verdict.failure),
  );
  // A parent ends after its children, as always.
  for (const level of levels.reverse()) {
    for (let start = 0; start < level.length; start += CONCURRENCY) {
      const some = level.slice(start, start + CONCURRENCY);
      await Promise.all(some.map((one) => end(one, cancel.id, { isTop: one.id === id }, deps)));
      crashPoint('cancel.after-part');
    }
  }
  crashPoint('cancel.after-end');
  return 'cancelled';
}

async function end(
  { id, keys }: Place,
  token: string,
  { isTop }: { isTop: boolean },
  { laneStore, activation, logger, onFailed }: SystemTaskDeps,
): Promise<void> {
  const store: LaneStore = laneStore(keys.queue, keys.lane);
  const job = await store.read(id);
  if (job?.verdict?.why !== 'cancelled') return;
  const failure = Failure.fromJSON(job.verdict.failure);
  // Fail-fast is for the top alone: the parents of the others are cancelled too.
  try {
    await store.fail({ id, token }, failure, activation, { claimNext: false, stopsNone: !isTop });
  } catch (error) {
    // The cancel of an ancestor has taken the job over, or an earlier run of this one has ended it.
    if (refusalCode(error) !== undefined) return;
    if (!isAboutRecord(error)) throw error;
    // The script may have stopped half-way. As a dead letter the job is not lost (B1).
    const reason = sinceDamaged('it cannot be ended', error);
    await store.deadLetter({ id, token }, reason);
    return logDeadLetter(logger, fieldsIn(keys, job), reason);
  }
  logFailure(logger, fieldsIn(keys, job), job, failure);
  onFailed(job, keys.queue, failure);
}
