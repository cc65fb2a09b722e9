// Takes the slots of a job's quotas, and starts of its rate limits, before its task is called (Q5,
// Q9).
import { Failure, UnknownQuotaError, UnknownRateLimitError } from '@drover/core';
import { Refused } from '@drover/core/internal';
import type { Run } from '../activation/activation.js';
import type { Outcome } from '../activation/outcome.js';
import { persist, whileActive } from './persist.js';
import type { RunStoreDeps } from './run-store.js';

export interface TakeSlotsDeps extends RunStoreDeps {
  /**
   * A job has met a rate limit. `ms` until that opens; undefined: another dispatcher looks then.
   */
  onRateLimit: (ms: number | undefined) => void;
}

/**
 * Undefined: the job has its slots. Otherwise the outcome of its run.
 * @param starts whether its task is to be called
 */
export async function takeSlots(
  { claim }: Run,
  deps: TakeSlotsDeps,
  starts: boolean,
): Promise<Outcome | undefined> {
  const { store, activation } = deps;
  let opensIn: number | undefined;
  const take = () => store.takeSlots(claim, starts, (ms) => (opensIn = ms));
  try {
    const taken = await persist(take, whileActive(deps));
    const hasMet = claim.options.rateLimits && taken === 'parked';
    if (hasMet || opensIn !== undefined) deps.onRateLimit(opensIn);
    if (taken === 'taken') return undefined;
    if (taken === 'parked') return { kind: 'parked' };
    return { kind: 'failed', failure: Failure.from(unknownLimit(taken.unknown)) };
  } catch (error) {
    // Either an attempt whose reply was lost has parked the job, or it was taken away.
    if (error instanceof Refused) {
      if (claim.options.rateLimits) deps.onRateLimit(undefined);
      return { kind: 'parked' };
    }
    if (activation.abandoned) return { kind: 'interrupted' };
    throw error;
  }
}

function unknownLimit(unknown: string): Error {
  const limit = /^rate:(.*)$/s.exec(unknown)?.[1];
  return limit === undefined
    ? new UnknownQuotaError(`the queue has no quota ${JSON.stringify(unknown)}: it was removed`)
    : new UnknownRateLimitError(
        `the queue has no rate limit ${JSON.stringify(limit)}: it was removed`,
      );
}
