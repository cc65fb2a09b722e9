// The step after the call: decides the outcome of a run.
import { PICK_CALLBACK } from '@drover/core/internal';
import type { Run } from '../activation/activation.js';
import { decideByPolicy } from '../policy/ask-policy.js';
import { notAgainAfter } from '../policy/begin-by.js';
import type { CallResult } from './call.js';
import { STILL_WAITS, type Outcome } from '../activation/outcome.js';
import type { Ready, RunDeps } from './ready.js';
import { afterRateLimited, isRateLimited } from './rate-limited.js';
import { postponeUnroutable } from './unroutable.js';

export function decide(run: Run, { deadline }: Ready, result: CallResult, deps: RunDeps): Outcome {
  return notAgainAfter(deadline, deps.store.clock, toOutcome(run, result, deps));
}

function toOutcome(run: Run, result: CallResult, deps: RunDeps): Outcome {
  const { claim } = run;
  if ('dropped' in result && result.dropped) run.dropped = result.dropped;
  switch (result.kind) {
    case 'value':
      return { kind: 'done', value: result.value, puts: result.puts };
    case 'schedule':
      return { kind: 'waitsFor', schedule: result.schedule, puts: result.puts };
    case 'missing':
      return postponeUnroutable(claim, result.needs, result.failure);
    case 'damaged':
      return { kind: 'deadLetter', reason: result.failure.message };
    case 'thrown':
      // The task may throw because its signal was aborted: that is not a failure of the job.
      if (run.stop.aborted) return { kind: 'interrupted' };
      if (isRateLimited(result.failure)) return afterRateLimited(claim, result.failure);
      // It passes on the failure of another job (J7): run again, it would do the same.
      if (claim.task === PICK_CALLBACK) return { kind: 'failed', failure: result.failure };
      return decideByPolicy(claim, 'jobError', result.failure);
    case 'timed out':
      return decideByPolicy(claim, 'jobError', result.failure);
    case 'unstorable':
      return decideByPolicy(claim, 'commitError', result.failure);
    case 'not all have ended':
      return STILL_WAITS;
    case 'thread lost':
      return { kind: 'interrupted', atOnce: () => deps.interrupt(run) };
    case 'done':
    case 'postponed':
      return result;
  }
}
