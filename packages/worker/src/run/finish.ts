// Ends a job with its value or its failure: first the children that it ends without, then the end
// itself, with the puts of its run (J6, J7).
import type { ClaimReply } from '@drover/core/internal';
import type { Run } from '../activation/activation.js';
import { abandonForFailure, abandonPartialSchedule } from './abandon.js';
import { WAITS, type Committed, type Outcome } from '../activation/outcome.js';
import { write, type CommitDeps, type Step } from './write.js';

type Done = Extract<Outcome, { kind: 'done' }>;
type Failed = Extract<Outcome, { kind: 'failed' }>;

export function finishDone(run: Run, outcome: Done, deps: CommitDeps): Promise<Step> {
  return run.claim.manifest ? abandonAndComplete(run, outcome, deps) : complete(run, outcome, deps);
}

async function abandonAndComplete(run: Run, outcome: Done, deps: CommitDeps): Promise<Step> {
  const abandoned = await abandonPartialSchedule(run, outcome, deps);
  if (abandoned && abandoned.kind !== 'stored') return abandoned;
  return await complete(run, outcome, deps);
}

function complete(run: Run, outcome: Done, deps: CommitDeps): Promise<Committed> {
  const { store, activation } = deps;
  const { value, puts } = outcome;
  return finish(run, outcome, deps, (claimNext) =>
    store.complete(run.claim, value, activation, { claimNext, puts: puts?.stored }),
  );
}

/** The step after the end of a job was stored, or was refused. */
export function afterFinish(outcome: Outcome, step: Step): Step {
  if (outcome.kind !== 'done') return step;
  if (step.kind === 'stored') outcome.puts?.committed();
  // A dependency has not ended: the job waits for it first.
  const isEarly = step.kind === 'left' && step.refused === 'dependency pending';
  return isEarly ? { kind: 'instead', outcome: WAITS } : step;
}

export async function finishFailed(run: Run, outcome: Failed, deps: CommitDeps): Promise<Step> {
  const { store, activation } = deps;
  const abandoned = await abandonForFailure(run, outcome, deps);
  if (abandoned && abandoned.kind !== 'stored') return abandoned;
  return await finish(run, outcome, deps, (claimNext) =>
    store.fail(run.claim, outcome.failure, activation, { claimNext }),
  );
}

/** The first attempt also claims the next job. After a lost reply the token is not used again. */
function finish(
  run: Run,
  outcome: Outcome,
  deps: CommitDeps,
  send: (claimNext: boolean) => Promise<ClaimReply>,
): Promise<Committed> {
  return write(run, outcome, deps, (attempt) => send(attempt === 0 && deps.mayClaimNext()));
}
