// A job that was removed never runs. A job that goes on with the job of a handle ends as that one
// did, or with the error that says why that one never comes (J12).
import { acceptedRun, endOf, failureOf, triedRetries, type Facts, type JobFacts } from './facts.js';
import type { Violation } from './violation.js';

/** ms of the clock of lines: a body that begins at the same moment may be written down first. */
const SAME_MOMENT = 5;

export function checkHandles(facts: Facts): Violation[] {
  const found: Violation[] = [];
  for (const job of facts.jobs.values()) {
    const add = (what: string): void => void found.push({ rule: 'J12', job: job.id, what });
    const { acknowledged } = job.removed ?? {};
    if (acknowledged !== undefined) {
      const late = job.starts.find(({ at }) => at > acknowledged + SAME_MOMENT);
      if (late)
        add(`${late.who} ran it ${Math.round(late.at - acknowledged)} ms after its removal`);
      if (job.stored) add('it was removed, and is there');
    }
    for (const id of job.follows) {
      const wrong = wrongFollower(job, facts.of(id), facts);
      if (wrong !== undefined) add(wrong);
    }
  }
  return found;
}

function wrongFollower(job: JobFacts, followed: JobFacts, facts: Facts): string | undefined {
  const end = endOf(job);
  // That it has ended is another rule's; a retry gives the other one another end.
  if (!end || triedRetries(followed, facts) > 0) return undefined;
  const failure = end.event === 'failed' ? failureOf(job) : undefined;
  const own = ['AbortedError', 'CancelledError'];
  if (followed.removed && failure === 'RemovedError') return undefined;
  if (followed.removed?.acknowledged !== undefined)
    return own.includes(failure ?? '')
      ? undefined
      : `it followed ${followed.id}, which was removed, and ended with ${failure ?? end.value}`;
  const expected = endOf(followed)?.event === 'failed' ? failureOf(followed) : undefined;
  if (failure !== expected)
    return own.includes(failure ?? '')
      ? undefined
      : `it ended with ${failure ?? end.value}, and ${followed.id} with ${expected}`;
  if (failure === undefined && acceptedRun(job) !== acceptedRun(followed))
    return `it ended with ${end.value}, and ${followed.id} with run ${acceptedRun(followed)}`;
  return undefined;
}
