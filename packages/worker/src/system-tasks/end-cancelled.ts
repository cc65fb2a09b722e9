// The task cancel: ends a cancelled job and all its descendants with a CancelledError (O1). The id
// of the cancel is the token of these jobs, and fences every write: a second run ends the rest.
import { Failure } from '@drover/core';
import {
  crashPoint,
  DamagedRecord,
  Refused,
  type ClaimedJob,
  type LocatedJob,
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
  const { held, store } = subjectOf(cancel, deps);
  crashPoint('cancel.before-end');
  const [job, holder] = await Promise.all([store.read(held.id), store.holder(held.id)]);
  if (holder !== cancel.id || job?.verdict?.why !== 'cancelled') return 'nothing';
  // The process of the producer may have died before it had taken all descendants.
  const levels = await store.takeCancelled(held, job.verdict.failure);
  // A parent ends after its children, as always.
  for (const level of levels.reverse()) {
    for (let start = 0; start < level.length; start += CONCURRENCY) {
      const some = level.slice(start, start + CONCURRENCY);
      await Promise.all(
        some.map((one) => end(one, cancel.id, { isTop: one.id === held.id }, deps)),
      );
      crashPoint('cancel.after-part');
    }
  }
  crashPoint('cancel.after-end');
  return 'cancelled';
}

async function end(
  { id, queue, lane }: LocatedJob,
  token: string,
  { isTop }: { isTop: boolean },
  deps: SystemTaskDeps,
): Promise<void> {
  const { activation, logger, onFailed } = deps;
  const store = deps.laneStore(queue, lane);
  const job = await store.read(id);
  if (job?.verdict?.why !== 'cancelled') return;
  const failure = Failure.fromJSON(job.verdict.failure);
  // Fail-fast is for the top alone: the parents of the others are cancelled too.
  try {
    await store.fail({ id, token }, failure, activation, { stopsNone: !isTop });
  } catch (error) {
    // The cancel of an ancestor has taken the job over, or an earlier run of this one has ended it.
    if (error instanceof Refused) return;
    if (!(error instanceof DamagedRecord)) throw error;
    // The script may have stopped half-way. As a dead letter the job is not lost (B1).
    const reason = sinceDamaged('it cannot be ended', error);
    await store.deadLetter({ id, token }, reason);
    return logDeadLetter(logger, fieldsIn(store, job), reason);
  }
  logFailure(logger, fieldsIn(store, job), job, failure);
  onFailed(job, queue, failure);
}
