// What a resumeCallbacks job does: the callbacks of a job whose dispatcher ended go on under a new
// owner (I1, J7). Every write is fenced by the interrupt's own id, so that a second run of it is
// refused.
import { crashPoint, ownWaiting, type ClaimedJob, type LaneStore } from '@drover/core/internal';
import { interruptedBy, type InterruptDeps } from './handle-interrupt.js';

/** What became of the job; `nothing` where it had been resumed before. */
export type ResumeResult = 'goes on waiting' | 'put back' | 'nothing';

export async function resumeCallbacks(
  interrupt: ClaimedJob,
  deps: InterruptDeps,
): Promise<ResumeResult> {
  const { id, store } = interruptedBy(interrupt, deps);
  const [holder, waitingOwner] = await Promise.all([store.holder(id), store.waitingOwner(id)]);
  crashPoint('resume-callbacks.before');
  const result = await resume(interrupt.id, id, store, { holder, waitingOwner }, deps);
  crashPoint('resume-callbacks.after');
  return result;
}

async function resume(
  interruptId: string,
  id: string,
  store: LaneStore,
  { holder, waitingOwner }: { holder: string | undefined; waitingOwner: string | undefined },
  { client, activation }: InterruptDeps,
): Promise<ResumeResult> {
  if (holder === interruptId) {
    // Its callbacks have ended, or more of them were added: who claims it sees to that.
    await store.putBack(id, interruptId);
    return 'put back';
  }
  if (waitingOwner !== interruptId) return 'nothing';
  await ownWaiting(client, store.keys, id, { interruptId }, activation, store.clock.now());
  return 'goes on waiting';
}
