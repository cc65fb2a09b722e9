// Takes the slots of a job's quotas, before its task is called (Q5).
import { Failure, UnknownQuotaError } from '@drover/core';
import { Refused } from '@drover/core/internal';
import type { Run } from '../activation/activation.js';
import type { Outcome } from '../activation/outcome.js';
import { persist, whileActive } from './persist.js';
import type { RunStoreDeps } from './run-store.js';

/** Undefined: the job has its slots. Otherwise the outcome of its run. */
export async function takeSlots({ claim }: Run, deps: RunStoreDeps): Promise<Outcome | undefined> {
  const { store, activation } = deps;
  try {
    const taken = await persist(() => store.takeSlots(claim), whileActive(deps));
    if (taken === 'taken') return undefined;
    if (taken === 'parked') return { kind: 'parked' };
    const unknown = new UnknownQuotaError(
      `the queue has no quota ${JSON.stringify(taken.unknown)}: it was removed`,
    );
    return { kind: 'failed', failure: Failure.from(unknown) };
  } catch (error) {
    // Either an attempt whose reply was lost has parked the job, or it was taken away.
    if (error instanceof Refused) return { kind: 'parked' };
    if (activation.abandoned) return { kind: 'interrupted' };
    throw error;
  }
}
