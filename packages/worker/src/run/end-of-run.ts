// Ends a run in which Drover's own code, and not the task, has thrown: the error is decided and
// stored like others, and the slot is free again (J3).
import { Failure, type Queue } from '@drover/core';
import { DamagedRecord, failureWithin, gatewayOf, isOfRedis, Refused } from '@drover/core/internal';
import type { Run } from '../activation/activation.js';
import { decideByPolicy } from '../policy/ask-policy.js';
import { commit } from './commit.js';
import type { Committed, Outcome } from '../activation/outcome.js';
import type { CommitDeps } from './write.js';

type EndDeps = CommitDeps & { queue: Queue };

/**
 * The outcome of a run that an error ended before its commit.
 * @throws a Redis error: the next reconcile pass puts the claim back, and the job runs again
 */
export function decideError(run: Run, error: unknown, { queue }: EndDeps): Outcome {
  // The next run would meet the same damaged record, of the job or of a child (B1).
  if (error instanceof DamagedRecord) return { kind: 'deadLetter', reason: error.message };
  if (isOfRedis(error) || error instanceof Refused) throw error;
  if (run.stop.aborted) return { kind: 'interrupted' };
  const failure = failureWithin(Failure.from(error), gatewayOf(queue).maxDataBytes);
  return decideByPolicy(run.claim, 'jobError', failure);
}

/**
 * Commits a run whose outcome could not be stored for another reason than a Redis error. The policy
 * decides about that commit error (R2). If its decision cannot be stored either, the job becomes a
 * dead letter (B1).
 */
export async function commitError(run: Run, error: unknown, deps: EndDeps): Promise<Committed> {
  const failure = failureWithin(Failure.from(error), gatewayOf(deps.queue).maxDataBytes);
  try {
    return await commit(run, decideByPolicy(run.claim, 'commitError', failure), deps);
  } catch (again) {
    const { message } = Failure.from(again);
    const reason = `the outcome of its run cannot be stored, nor that it failed: ${message}`;
    return await commit(run, { kind: 'deadLetter', reason }, deps);
  }
}
