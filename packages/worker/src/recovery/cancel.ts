// What a drover.cancel job does: it ends the job that was cancelled, and all that is below it, with
// a CancelledError (O1). Every write is fenced by the cancel's own id, under which it holds the
// jobs: a second run of it does what is left.
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
import { interruptedBy, type InterruptDeps } from './handle-interrupt.js';
import { fieldsIn } from '../logging/log-fields.js';
import { logFailure, logDeadLetter, sinceDamaged } from '../logging/log-job.js';

/**
 * What became of the job; `nothing` where it had ended before, or the cancel of a job above has
 * taken it over.
 */
export type CancelResult = 'cancelled' | 'nothing';

/** So many jobs are ended at the same time. */
const CONCURRENCY = 50;

export async function endCancelled(cancel: ClaimedJob, deps: InterruptDeps): Promise<CancelResult> {
  const { id, store } = interruptedBy(cancel, deps);
  crashPoint('cancel.before-end');
  const [job, holder] = await Promise.all([store.read(id), store.holder(id)]);
  if (holder !== cancel.id || !job?.cancelled) return 'nothing';
  // The process that cancels may have died before it had taken all.
  const levels = await takeTree(
    deps.client,
    { id, keys: store.keys },
    cancel.id,
    JSON.stringify(job.cancelled),
  );
  // A job ends after those below it, as any other.
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
  { laneStore, activation, logger, onFailed }: InterruptDeps,
): Promise<void> {
  const store: LaneStore = laneStore(keys.queue, keys.lane);
  const job = await store.read(id);
  if (!job?.cancelled) return;
  const failure = Failure.fromJSON(job.cancelled);
  // Below the top nobody is left to be stopped by it.
  try {
    await store.fail({ id, token }, failure, activation, { claimNext: false, stopsNone: !isTop });
  } catch (error) {
    // The cancel of a job above has taken it over, or another run of this one has ended it.
    if (refusalCode(error) !== undefined) return;
    if (!isAboutRecord(error)) throw error;
    // Its end may have gone half-way: it must not be lost (B1).
    const reason = sinceDamaged('it cannot be ended', error);
    await store.deadLetter({ id, token }, reason);
    return logDeadLetter(logger, fieldsIn(keys, job), reason);
  }
  logFailure(logger, fieldsIn(keys, job), job, failure);
  onFailed(job, keys.queue, failure);
}
