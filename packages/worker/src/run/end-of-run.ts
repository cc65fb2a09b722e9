// The end of a run where something throws that must not: it is decided and stored all the same, and
// its slot is given back (J3). RedisErrorClass with Redis is told from all else by what it is: anything
// else would be thrown again by the next run, for ever.
import { Failure } from '@drover/core';
import {
  DamagedRecord,
  failureWithin,
  gatewayOf,
  isAboutRecord,
  isOfRedis,
  refusalCode,
} from '@drover/core/internal';
import type { Run } from '../activation/activation.js';
import { commit } from './commit.js';
import { decideByItsPolicy } from '../policy/decide.js';
import type { Committed, Outcome } from '../activation/outcome.js';
import type { RunDeps } from './run.js';
import type { CommitDeps } from './write.js';

type EndDeps = RunDeps & CommitDeps;

export function isOfDamaged(error: unknown): error is Error {
  return error instanceof DamagedRecord || isAboutRecord(error);
}

/**
 * What a run comes to that ended with an error of Drover's side, and not of its task.
 * @throws trouble with Redis: the audit puts the claim back, and the job runs again
 */
export function outcomeOf(error: unknown, run: Run, { queue }: EndDeps): Outcome {
  // A job that trips over a damaged record, its own or one below it, would do so again (B1).
  if (isOfDamaged(error)) return { kind: 'deadLetter', reason: error.message };
  if (isOfRedis(error) || refusalCode(error) !== undefined) throw error;
  if (run.stop.aborted) return { kind: 'interrupted' };
  return decideByItsPolicy(
    run.claim,
    'jobError',
    failureWithin(Failure.from(error), gatewayOf(queue).maxDataBytes),
  );
}

/**
 * What becomes of a run whose outcome could not be stored, and not for Redis's sake: it is a commit
 * error (R2), which the policy decides; a job for which even that cannot be stored is a dead letter
 * (B1).
 */
export async function commitError(run: Run, error: unknown, deps: EndDeps): Promise<Committed> {
  const failure = failureWithin(Failure.from(error), gatewayOf(deps.queue).maxDataBytes);
  try {
    return await commit(run, decideByItsPolicy(run.claim, 'commitError', failure), deps);
  } catch (again) {
    const reason = `what came of its run cannot be stored, nor that it failed: ${Failure.from(again).message}`;
    return await commit(run, { kind: 'deadLetter', reason }, deps);
  }
}
