// Runs the steps of a claimed pack, and stores the value of each before the next one begins
// (docs/protocol/packs.md).
import { crashPoint, ignoreRefusal, Refused, type ClaimedJob } from '@drover/core/internal';
import type { Activation } from '../activation/activation.js';
import { perform, settle, type ExecuteDeps, type Performed } from '../run/execute.js';
import { report } from '../run/report.js';
import { isPlain, type Ended } from './ended.js';

export interface StepsDeps {
  deps: ExecuteDeps;
  activation: Activation;
  /** Whether the slot may go on in this lane. */
  mayClaim: () => boolean;
  onError: (error: Error) => void;
}

/** Returns the last step, where the pack ends with its value. Throws nothing. */
export async function runSteps(claim: ClaimedJob, slot: StepsDeps): Promise<Ended | undefined> {
  const { parts = [], ended = 0 } = claim.pack ?? {};
  let last: Ended | undefined;
  let mayBegin = true;
  for (const [i, step] of parts.entries()) {
    if (i > 0 && !(mayBegin && slot.mayClaim())) {
      await giveBack(claim, step, slot);
      break;
    }
    // Its turn came with the end of the step before.
    if (i > 0) step.dueAt = slot.deps.store.clock.now();
    let performed: Performed;
    try {
      const found = perform(step, slot.deps);
      performed = found instanceof Promise ? await found : found;
    } catch (error) {
      // After an error of Redis a reconcile pass puts the pack back.
      slot.onError(error as Error);
      break;
    }
    if (isPlain(performed) && i === parts.length - 1) last = performed;
    const recorded = last ? 'left' : await record(claim, ended + i + 1, performed, slot);
    if (recorded === 'left') break;
    mayBegin = recorded === 'next may begin';
    slot.activation.retire(step.token);
  }
  // The pack is not in this slot's hands any more.
  if (!last) for (const { token } of [claim, ...parts]) slot.activation.retire(token);
  return last;
}

/**
 * Stores the outcome of a step. 'left': it was stored under the step's token, and this slot has not
 * got the pack any more. 'paused': the next step may not begin (O2).
 */
async function record(
  claim: ClaimedJob,
  position: number,
  performed: Performed,
  { deps, onError }: StepsDeps,
): Promise<'next may begin' | 'paused' | 'left'> {
  const { run, outcome } = performed;
  let lost: Error | undefined;
  try {
    if (isPlain(performed)) {
      crashPoint('run.before-commit');
      const mayBegin = await deps.store.recordStep(claim, position, performed.outcome.value);
      crashPoint('commit.after');
      report(run, outcome, { kind: 'stored', outcome }, deps);
      return mayBegin ? 'next may begin' : 'paused';
    }
  } catch (error) {
    // Another process has opened the pack. Or the reply was lost: the value may be stored.
    if (!(error instanceof Refused)) lost = error as Error;
  }
  await settle(performed, deps, lost).catch(onError);
  return 'left';
}

/** Another process may have opened the pack: then its next step is claimed by itself. */
async function giveBack(
  claim: ClaimedJob,
  next: ClaimedJob,
  { deps: { store }, onError }: StepsDeps,
): Promise<void> {
  const back = store.putBack(claim).catch(async (error: unknown) => {
    if (!(error instanceof Refused)) throw error;
    await ignoreRefusal(store.putBack(next));
  });
  await back.catch(onError);
}
