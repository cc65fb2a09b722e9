// The task resumeCallbacks: this dispatcher becomes the owner of a job whose callbacks run, after
// the earlier owner ended (I1, J7). Every write is fenced by the id of the system job, so a second
// run of it is refused.
import { crashPoint, ownWaiting, type ClaimedJob, type LaneStore } from '@drover/core/internal';
import { subjectOf, type SystemTaskDeps } from './subject.js';

/** `nothing`: an earlier run has resumed the job. */
export type ResumeResult = 'goes on waiting' | 'put back' | 'nothing';

export async function resumeCallbacks(
  systemJob: ClaimedJob,
  deps: SystemTaskDeps,
): Promise<ResumeResult> {
  const { id, store } = subjectOf(systemJob, deps);
  const [holder, waitingOwner] = await Promise.all([store.holder(id), store.waitingOwner(id)]);
  crashPoint('resume-callbacks.before');
  const result = await resume(systemJob.id, id, store, { holder, waitingOwner }, deps);
  crashPoint('resume-callbacks.after');
  return result;
}

async function resume(
  interruptId: string,
  id: string,
  store: LaneStore,
  { holder, waitingOwner }: { holder: string | undefined; waitingOwner: string | undefined },
  { client, activation }: SystemTaskDeps,
): Promise<ResumeResult> {
  if (holder === interruptId) {
    // The job was woken before the interrupt. Its next claim ends it, or begins later callbacks.
    await store.putBack({ id, token: interruptId });
    return 'put back';
  }
  if (waitingOwner !== interruptId) return 'nothing';
  await ownWaiting(client, store.keys, id, interruptId, activation);
  return 'goes on waiting';
}
