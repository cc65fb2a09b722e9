// The step that stores the outcome of a run and ends its claim: the writes of each kind of outcome
// (docs/protocol/commit.md).
import { crashPoint } from '@drover/core/internal';
import type { Run } from '../activation/activation.js';
import { afterFinish, finishDone, finishFailed } from './finish.js';
import type { Committed, Outcome } from '../activation/outcome.js';
import { persist, whileActive } from './persist.js';
import { storeWait } from './wait.js';
import { ownsClaim, write, type CommitDeps, type Step } from './write.js';

/**
 * Stores an outcome, or those that take its place, until one is stored or none can be.
 * @param lost the error of an earlier attempt, whose reply was lost
 */
export async function commit(
  run: Run,
  outcome: Outcome,
  deps: CommitDeps,
  lost?: Error,
): Promise<Committed> {
  for (let [next, error] = [outcome, lost]; ; error = undefined) {
    crashPoint('run.before-commit');
    const step = afterFinish(next, await storeOutcome(run, next, deps, error));
    if (step.kind !== 'instead') return step;
    next = step.outcome;
  }
}

function storeOutcome(
  run: Run,
  outcome: Outcome,
  deps: CommitDeps,
  lost: Error | undefined,
): Promise<Step> {
  const { store } = deps;
  const { claim } = run;
  switch (outcome.kind) {
    case 'done':
      return finishDone(run, outcome, deps, lost);
    case 'failed':
      return finishFailed(run, outcome, deps);
    case 'waitsFor':
      return storeWait(run, outcome, deps);
    case 'retry': {
      const record = { policyData: outcome.policyData, retries: claim.retries + 1 };
      return write(run, outcome, deps, () => store.retry(claim, outcome.delay, record));
    }
    case 'postponed':
      return write(run, outcome, deps, () => store.postpone(claim, outcome));
    case 'rateLimited':
      return write(run, outcome, deps, () => store.closeLimits(claim, outcome.after));
    case 'deadLetter':
      return write(run, outcome, deps, () => store.deadLetter(claim, outcome.reason));
    case 'parked':
      return Promise.resolve({ kind: 'stored', outcome });
    case 'interrupted':
      return interrupt(run, outcome, deps);
  }
}

/**
 * An interrupted job is left to its interrupt. A dispatcher that goes on makes that interrupt
 * itself (`atOnce`). One that stops leaves it to its cleanup, which interrupts in the order of I1.
 */
async function interrupt(
  run: Run,
  outcome: Extract<Outcome, { kind: 'interrupted' }>,
  deps: CommitDeps,
): Promise<Committed> {
  if (!(await ownsClaim(run, deps))) return { kind: 'reassigned' };
  if (!outcome.atOnce || !deps.activation.accepting) return { kind: 'left' };
  try {
    await persist(outcome.atOnce, whileActive(deps));
    return { kind: 'stored', outcome };
  } catch (error) {
    deps.onError(error as Error);
    return { kind: 'left' };
  }
}
