// What a resumeCallbacks job does: the callbacks of a job whose dispatcher ended go on under a new owner (I1, J7).
// Every write is fenced by the interrupt's own id, so that a second run of it changes nothing.
import { crashPoint, ownWaiting, refusalCode, systemClock, type ClaimedJob } from '@drover/core/internal';
import { interruptedBy, type InterruptPlace } from './handle-interrupt.js';

/** What became of the job; `nothing` where it had been resumed before. */
export type ResumeResult = 'goes on waiting' | 'put back' | 'nothing';

export async function resumeCallbacks(interrupt: ClaimedJob, place: InterruptPlace): Promise<ResumeResult> {
  const { id, store } = interruptedBy(interrupt, place);
  const [holder, waitingOwner] = await Promise.all([store.holder(id), store.waitingOwner(id)]);
  crashPoint('resume-callbacks.before');
  try {
    const result = await resume();
    crashPoint('resume-callbacks.after');
    return result;
  } catch (error) {
    // Somebody resumed it before.
    if (refusalCode(error) !== undefined) return 'nothing';
    throw error;
  }

  async function resume(): Promise<ResumeResult> {
    if (holder === interrupt.id) {
      // Its callbacks have ended, or more of them were added: who claims it sees to that.
      await store.putBack(id, interrupt.id);
      return 'put back';
    }
    if (waitingOwner !== interrupt.id) return 'nothing';
    const owner = { interruptId: interrupt.id };
    await ownWaiting(place.client, store.keys, id, owner, place.activation, systemClock.now());
    return 'goes on waiting';
  }
}
