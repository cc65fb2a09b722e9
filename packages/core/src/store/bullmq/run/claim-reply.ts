// Turns the reply of a script that claims a job into the answer to the claim.
import type { ClaimReply } from '../../../model/records.js';
import { DamagedRecord } from '../../../model/store-errors.js';
import { toFields } from '../fields.js';
import { toClaimedJob } from '../job-records.js';
import type { LaneKeys } from '../keys.js';

/** @param raw `[fields, id, …]`; or anything else: no job was claimed */
export function toClaimReply(
  keys: LaneKeys,
  token: string,
  raw: unknown,
  delayUntil?: number,
): ClaimReply {
  const [flat, id] = (Array.isArray(raw) ? raw : []) as [string[] | 0 | undefined, string];
  if (!Array.isArray(flat)) return { job: undefined, delayUntil };
  try {
    return { job: toClaimedJob(keys, id, token, toFields(flat)), delayUntil };
  } catch (error) {
    if (!(error instanceof DamagedRecord)) throw error;
    return { job: undefined, delayUntil, damaged: { id, token, reason: error.message } };
  }
}
