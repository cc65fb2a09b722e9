// Ends a job with its value or its failure: first the children that it ends without, then the end
// itself, with the puts of its run (J6, J7).
import type { Run } from '../activation/activation.js';
import { abandonForFailure, abandonPartialSchedule } from './abandon.js';
import { WAITS, type Committed, type Outcome } from '../activation/outcome.js';
import { write, type CommitDeps, type Step } from './write.js';

type Done = Extract<Outcome, { kind: 'done' }>;
type Failed = Extract<Outcome, { kind: 'failed' }>;

/** @param lost the error of an earlier attempt, whose reply was lost */
export function finishDone(
  run: Run,
  outcome: Done,
  deps: CommitDeps,
  lost: Error | undefined,
): Promise<Step> {
  return run.claim.manifest
    ? abandonAndComplete(run, outcome, deps)
    : complete(run, outcome, deps, lost);
}

async function abandonAndComplete(run: Run, outcome: Done, deps: CommitDeps): Promise<Step> {
  const abandoned = await abandonPartialSchedule(run, outcome, deps);
  if (abandoned && abandoned.kind !== 'stored') return abandoned;
  return await complete(run, outcome, deps);
}

function complete(run: Run, outcome: Done, deps: CommitDeps, lost?: Error): Promise<Committed> {
  const { store, activation } = deps;
  const { value, puts } = outcome;
  return write(run, outcome, deps, async (attempt) => {
    if (lost && attempt === 0) throw lost;
    return await store.complete(run.claim, value, activation, puts?.stored);
  });
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
  const isUnrun = run.startedAt === undefined;
  return await write(run, outcome, deps, () =>
    store.fail(run.claim, outcome.failure, activation, { isUnrun }),
  );
}
