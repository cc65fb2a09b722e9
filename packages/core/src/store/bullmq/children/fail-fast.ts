// Fail-fast: the failure of a part ends its composite (C2).
import type { Failure } from '../../../codec/failure.js';
import type { ScriptCall } from '../scripts/transaction.js';
import type { LaneKeys } from '../keys.js';

/** The script that goes before the finish of a part whose failure stops its composite. */
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
