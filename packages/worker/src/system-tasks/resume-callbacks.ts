// The task resumeCallbacks: this dispatcher becomes the owner of a job whose callbacks run, after
// the earlier owner ended (I1, J7). Every write is fenced by the id of the system job, so a second
// run of it is refused.
import { crashPoint, type ClaimedJob } from '@drover/core/internal';
import { subjectOf, type Subject, type SystemTaskDeps } from './subject.js';

/** `nothing`: an earlier run has resumed the job. */
export type ResumeResult = 'goes on waiting' | 'put back' | 'nothing';

export async function resumeCallbacks(
  systemJob: ClaimedJob,
  deps: SystemTaskDeps,
): Promise<ResumeResult> {
  const subject = subjectOf(systemJob, deps);
  const { held, store } = subject;
  const [holder, owner] = await Promise.all([store.holder(held.id), store.waitingOwner(held.id)]);
  crashPoint('resume-callbacks.before');
  const result = await resume(subject, holder, owner);
  crashPoint('resume-callbacks.after');
  return result;
}

async function resume(
  { held, store, activation }: Subject,
  holder: string | undefined,
  waitingOwner: string | undefined,
): Promise<ResumeResult> {
  if (holder === held.token) {
    // The job was woken before the interrupt. Its next claim ends it, or begins later callbacks.
    await store.putBack(held);
    return 'put back';
  }
  if (waitingOwner !== held.token) return 'nothing';
  await store.waitOn(held, activation);
  return 'goes on waiting';
}
