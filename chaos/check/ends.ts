// Every job has ended exactly once, with the result that it had to have, and that result was never
// overwritten.
import {
  aboveOf,
  acceptedRun,
  endOf,
  failureOf,
  triedRetries,
  type Facts,
  type JobFacts,
} from './facts.js';
import type { Violation } from './violation.js';

/** After so many interrupts a job may be aborted, by the policies of the workload. */
const MAX_INTERRUPTS = 9;

export function checkEnds(facts: Facts): Violation[] {
  const found: Violation[] = [];
  for (const job of facts.jobs.values()) {
    const add = (rule: string, what: string): void => void found.push({ rule, job: job.id, what });
    const { stored, ends, acknowledged, put, parent } = job;
    if (!stored) {
      if (acknowledged && parent === undefined && !job.removed)
        add('lost', 'its put was acknowledged, and it is not there');
      // A part that ended when its composite stopped runs again when that is retried, and is
      // abandoned if the composite stops once more.
      if (ends.length > 0 && triedRetries(job, facts) === 0 && !job.removed)
        add('lost', 'it has ended, and it is not there');
      continue;
    }
    if (isNeverBegun(job, facts)) continue;
    if (stored.fields['finishedOn'] === undefined) add('lost', 'it has not ended');
    if (ends.length < 1 + job.retried.acknowledged || ends.length > 1 + triedRetries(job, facts))
      add(
        'doubled',
        `it has ended ${ends.length} times: ${ends.map(({ event }) => event).join(', ')}`,
      );
    const end = endOf(job);
    if (!end) continue;
    const final =
      end.event === 'completed' ? stored.fields['returnvalue'] : stored.fields['failedReason'];
    if (final !== end.value)
      add('J3', `it ended with ${end.value}, and that was overwritten with ${final}`);
    checkRun(job, add);
    const wrong = wrongFailure(job, facts);
    if (wrong !== undefined) add('wrong end', wrong);
    if (put?.fails === true && end.event === 'completed')
      add('wrong end', 'it must fail, and completed');
  }
  return found;
}

/** A callback that was added to a job which is not there any more, or was never put. */
function isNeverBegun({ stored }: JobFacts, facts: Facts): boolean {
  const of = stored?.fields['held'] === undefined ? undefined : stored.fields['callbackOf'];
  if (of === undefined) return false;
  const owner = facts.jobs.get(of.slice(of.lastIndexOf(':') + 1));
  return owner?.stored === undefined;
}

/** J3, I5: the run that was accepted is one that ended well, and nobody ran it after that. */
function checkRun(job: JobFacts, add: (rule: string, what: string) => void): void {
  const accepted = acceptedRun(job);
  if (accepted === undefined) return;
  const { fields } = job.stored ?? { fields: {} as Record<string, string> };
  const own = job.starts.find(({ run }) => run === accepted);
  // The result of a postprocess, or of a job that it went on with.
  if (!own) return;
  const end = job.lines.find((line) => line.what === 'end' && line.run === accepted);
  if (!end || (end.what === 'end' && end.threw !== undefined))
    add('I5', `the accepted run ${accepted} did not end well`);
  for (const { fence, who } of job.starts) {
    if (fence > own.fence)
      add('I5', `it ended with claim ${own.fence}, and ${who} began claim ${fence}`);
  }
  const isClaimedOnce = fields['ranCallbacks'] === undefined && fields['manifest'] === undefined;
  // The claims of a pack are those of its parts, also of the ones that had ended before.
  const mayBePacked = fields['opts'] === '{}' && Number(fields['ats']) > own.fence;
  if (isClaimedOnce && Number(fields['ats']) !== own.fence && !mayBePacked) {
    add('I5', `it ended with claim ${own.fence}, and was claimed ${fields['ats']} times`);
  }
}

function wrongFailure(job: JobFacts, facts: Facts): string | undefined {
  const { stored, put } = job;
  const failure = endOf(job)?.event === 'failed' ? failureOf(job) : undefined;
  if (failure === undefined || !stored) return undefined;
  if (
    put?.fails &&
    (failure === 'RangeError' || ['as told', 'once'].includes(stored.fields['failedReason'] ?? ''))
  )
    return undefined;
  if (failure === 'TimeoutError' && (put?.due?.by ?? put?.timeout) !== undefined) return undefined;
  if (isOfFollowed(job, failure, facts)) return undefined;
  if (failure === 'CancelledError' && isCancelled(job, facts)) return undefined;
  // Its composite was cancelled a moment before it was itself, and takes nothing more.
  if (failure === 'BadStatusError' && put?.kind === 'appends' && isCancelled(job, facts))
    return undefined;
  if (failure === 'AbortedError') {
    if (isCancelled(job, facts) || Number(stored.fields['interruptions'] ?? 0) > MAX_INTERRUPTS)
      return undefined;
    if (isBelowStopped(job, facts)) return undefined;
    // It was interrupted, and is past the time by which it must begin.
    if (put?.due?.by !== undefined && Number(stored.fields['interruptions'] ?? 0) > 0)
      return undefined;
  }
  const isOfPart = (part: JobFacts): boolean =>
    part.parent === job.id && failureOf(part) === failure;
  if (put?.composite?.stops && [...facts.jobs.values()].some(isOfPart)) return undefined;
  return `it failed with ${failure}, ${stored.fields['failedReason']}`;
}

/** The failure is that of a job that it goes on with; or that one was removed. */
function isOfFollowed(job: JobFacts, failure: string, facts: Facts): boolean {
  const isAsFailure = (other: JobFacts): boolean => failureOf(other) === failure;
  const followed = [...job.follows].map((id) => facts.of(id));
  if (followed.some((other) => isAsFailure(other) || triedRetries(other, facts) > 0)) return true;
  if (failure === 'RemovedError' && followed.some(({ removed }) => removed)) return true;
  const isBelow = (other: JobFacts): boolean => aboveOf(other, facts)?.id === job.id;
  return (
    isPassing(job) && [...facts.jobs.values()].some((other) => isBelow(other) && isAsFailure(other))
  );
}

function isPassing({ starts }: JobFacts): boolean {
  return starts.some(({ task }) => task === 'chaos.passes');
}

/** Whether the job, or one above it, was cancelled. */
function isCancelled(job: JobFacts, facts: Facts): boolean {
  for (let above: JobFacts | undefined = job; above; above = aboveOf(above, facts))
    if (above.cancelled) return true;
  return false;
}

/** Whether a job above it was stopped or aborted: children that had not started were abandoned. */
export function isBelowStopped(job: JobFacts, facts: Facts): boolean {
  for (let above = aboveOf(job, facts); above; above = aboveOf(above, facts)) {
    if (above.put?.composite?.stops && endOf(above)?.event === 'failed') return true;
    if (failureOf(above) === 'AbortedError') return true;
  }
  return false;
}
