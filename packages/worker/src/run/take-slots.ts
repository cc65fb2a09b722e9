// Taking the slots of a job's quotas, before anything of it runs (Q5).
import { Failure, UnknownQuotaError } from '@drover/core';
import { RefusalCode, refusalCode, takeQuotas } from '@drover/core/internal';
import type { Run } from '../activation/activation.js';
import type { Outcome } from '../activation/outcome.js';
import { persist, whileActive } from './pause.js';
import type { RunStoreDeps } from './run-store.js';

/** Undefined: it has its slots, and runs. Otherwise what became of it. */
export async function takeSlots({ claim }: Run, deps: RunStoreDeps): Promise<Outcome | undefined> {
  const { store, client, activation } = deps;
  try {
    const taken = await persist(() => takeQuotas(client, store.keys, claim), whileActive(deps));
    if (taken === 'taken') return undefined;
    if (taken === 'parked') return { kind: 'parked' };
    const unknown = new UnknownQuotaError(
      `the queue has no quota ${JSON.stringify(taken.unknown)}: it was removed`,
    );
    return { kind: 'failed', failure: Failure.from(unknown) };
  } catch (error) {
    // An attempt whose reply was lost has parked it, or it was taken away: neither is ours to run.
    if (refusalCode(error) === RefusalCode.NOT_YOURS) return { kind: 'parked' };
    if (activation.abandoned) return { kind: 'interrupted' };
    throw error;
  }
}
