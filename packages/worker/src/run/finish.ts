// Finishes a job with its value or its failure: first the children that it ends without, then its
// callbacks, with the puts of its run (J6, J7).
import {
  crashPoint,
  freeAfter,
  preparePuts,
  putsBeforeCallbacks,
  putsBeforeFinish,
  RefusalCode,
  type ClaimReply,
  type CommittablePuts,
} from '@drover/core/internal';
import type { Run } from '../activation/activation.js';
import { abandonForFailure, abandonPartialSchedule } from './abandon.js';
import { WAITS, type Committed, type Outcome } from '../activation/outcome.js';
import { write, type CommitDeps, type Step } from './write.js';

type Done = Extract<Outcome, { kind: 'done' }>;
type Failed = Extract<Outcome, { kind: 'failed' }>;

export function finishDone(run: Run, outcome: Done, deps: CommitDeps): Promise<Step> {
  return run.claim.manifest
    ? abandonAndFinish(run, outcome, deps)
    : storeResult(run, outcome, deps);
}

function storeResult(run: Run, outcome: Done, deps: CommitDeps): Promise<Step> {
  if (run.claim.hasCallbacks) return beginCallbacks(run, outcome, deps);
  return outcome.puts
    ? finishWithPuts(run, outcome, outcome.puts, deps)
    : finishPlain(run, outcome, deps);
}

async function abandonAndFinish(run: Run, outcome: Done, deps: CommitDeps): Promise<Step> {
  const abandoned = await abandonPartialSchedule(run, outcome, deps);
  if (abandoned && abandoned.kind !== 'stored') return abandoned;
  return await storeResult(run, outcome, deps);
}

/** The step that follows the refusal of a finish, if it is one. */
export function afterRefusal({ claim }: Run, outcome: Outcome, step: Step): Step {
  if (outcome.kind !== 'done' || step.kind !== 'left') return step;
  // A dependency has not ended: the job waits for it first.
  if (step.refused === RefusalCode.PENDING_CHILDREN) return { kind: 'instead', outcome: WAITS };
  if (step.refused !== RefusalCode.CALLBACKS_ADDED) return step;
  // The refusal says that callbacks or dependents were added, not which: both are looked for (J5).
  claim.hasCallbacks = claim.hasDependents = true;
  return { kind: 'instead', outcome };
}

export async function finishFailed(run: Run, outcome: Failed, deps: CommitDeps): Promise<Step> {
  const { store, activation } = deps;
  const { claim } = run;
  const abandoned = await abandonForFailure(run, outcome, deps);
  if (abandoned && abandoned.kind !== 'stored') return abandoned;
  const transaction = freeAfter(store.keys, claim);
  return await finish(run, outcome, deps, (claimNext) =>
    store.fail(claim, outcome.failure, activation, { claimNext, transaction }),
  );
}

function finishPlain(run: Run, outcome: Done, deps: CommitDeps): Promise<Committed> {
  const { store } = deps;
  const { claim } = run;
  const transaction = freeAfter(store.keys, claim);
  return finish(run, outcome, deps, (claimNext) =>
    store.complete(claim, outcome.value, { claimNext, transaction }),
  );
}

/** Stores the result, so that the callbacks can run; their end finishes the job (J7). */
async function beginCallbacks(run: Run, outcome: Done, deps: CommitDeps): Promise<Step> {
  const { claim } = run;
  const { store, client, activation } = deps;
  const { value, puts } = outcome;
  const freed = freeAfter(store.keys, claim);
  const transaction = puts
    ? { ...freed, ...putsBeforeCallbacks(store.keys, claim, puts.stored) }
    : freed;
  let begun = true;
  crashPoint('callbacks.before-result');
  const stored = await write(run, outcome, deps, async () => {
    if (puts) await preparePuts(client, store.keys.prefix, puts.stored);
    begun = await store.beginCallbacks(claim, { value }, activation, transaction);
  });
  if (stored.kind !== 'stored') return stored;
  if (begun) {
    puts?.committed();
    return { ...stored, inCallbacks: true };
  }
  claim.hasCallbacks = false;
  return { kind: 'instead', outcome };
}

/**
 * Stores the puts with the finish. The script of the puts leaves the lock with a new token, under
 * which the job is finished and the next one claimed. That token is registered before it is sent,
 * as each token is.
 */
async function finishWithPuts(
  run: Run,
  outcome: Done,
  puts: CommittablePuts,
  deps: CommitDeps,
): Promise<Committed> {
  const { store, client, activation } = deps;
  const { claim } = run;
  const finishToken = activation.newToken();
  const transaction = {
    ...putsBeforeFinish(store.keys, claim, puts.stored, finishToken),
    ...freeAfter(store.keys, claim, finishToken),
  };
  const committed = await finish(run, outcome, deps, async (claimNext) => {
    await preparePuts(client, store.keys.prefix, puts.stored);
    return await store.complete(claim, outcome.value, { claimNext, transaction });
  });
  if (committed.kind === 'stored') puts.committed();
  if (committed.kind !== 'stored' || !committed.next?.job) activation.retire(finishToken);
  return committed;
}

/** The first attempt also claims the next job. After a lost reply the token is not used again. */
function finish(
  run: Run,
  outcome: Outcome,
  deps: CommitDeps,
  send: (claimNext: boolean) => Promise<ClaimReply | undefined>,
): Promise<Committed> {
  return write(run, outcome, deps, (attempt) => send(attempt === 0 && deps.mayClaimNext()));
}
