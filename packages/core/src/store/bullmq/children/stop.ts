// The failure of a job that stops the job waiting for it, in one MULTI with what stores the failure
// (C2).
import type { Failure } from '../../../codec/failure.js';
import type { ScriptCall } from '../scripts/transaction.js';
import type { LaneKeys } from '../keys.js';

/** What stands before the finish of a job whose failure stops others: see the script. */
export function callToStop(
  keys: LaneKeys,
  { id, token }: { id: string; token: string },
  failure: Failure,
): ScriptCall {
  return {
    script: 'stopJoin',
    keys: [keys.job(id), keys.lock(id), keys.list('active')],
    args: [token, JSON.stringify(failure)],
  };
}
