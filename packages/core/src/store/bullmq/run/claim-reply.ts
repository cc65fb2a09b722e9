// Turns the reply of BullMQ's scripts that claim a job into the answer to the claim.
import type { ClaimReply } from '../../../model/records.js';
import { DamagedRecord } from '../record-checks.js';
import { toFields, type JobFields } from '../fields.js';
import { toClaimedJob } from '../job-records.js';
import type { LaneKeys } from '../keys.js';

/** A claimed job with the fields of its hash. */
export interface RawClaim {
  id: string;
  fields: JobFields;
}

/** The reply to a claim, or to a finish that may claim the next job. */
export interface RawReply {
  claim: RawClaim | undefined;
  /**
   * Milliseconds since 1970 at which the next delayed job is due; 0 for none; undefined where the
   * delayed jobs were not looked at.
   */
  delayUntil: number | undefined;
}

/** @param raw an array `[fields, id, …]`; or a number: no job was claimed */
export function toRawReply(raw: unknown): RawReply {
  if (!Array.isArray(raw)) return { claim: undefined, delayUntil: undefined };
  const [flat, id] = raw as [string[] | 0, string];
  return {
    claim: Array.isArray(flat) ? { id, fields: toFields(flat) } : undefined,
    delayUntil: undefined,
  };
}

/** The answer to a claim under `token`: a job, a damaged record (B1), or none. */
export function toClaimReply(
  keys: LaneKeys,
  token: string,
  { claim, delayUntil }: RawReply,
): ClaimReply {
  if (!claim) return { job: undefined, delayUntil };
  try {
    return { job: toClaimedJob(keys, claim.id, token, claim.fields), delayUntil };
  } catch (error) {
    if (!(error instanceof DamagedRecord)) throw error;
    return { job: undefined, delayUntil, damaged: { id: claim.id, token, reason: error.message } };
  }
}
