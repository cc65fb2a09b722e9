// Turns the reply of a script that claims a job into the answer to the claim.
import type { RedisClient } from '../../../redis/connection.js';
import type { ClaimReply } from '../../../model/records.js';
import { DamagedRecord } from '../../../model/store-errors.js';
import { toFields, type JobFields } from '../fields.js';
import { toClaimedJob } from '../job-records.js';
import type { LaneKeys } from '../keys.js';
import { withLongFields } from '../long-fields.js';

/**
 * Of a job with long fields a promise: they are read first. Where that fails the claim is left, as
 * if its reply was lost.
 * @param raw `[fields, id, …]`; or anything else: no job was claimed
 */
export function toClaimReply(
  client: RedisClient,
  keys: LaneKeys,
  token: string,
  raw: unknown,
  delayUntil?: number,
): ClaimReply | Promise<ClaimReply> {
  const [flat, id] = (Array.isArray(raw) ? raw : []) as [string[] | 0 | undefined, string];
  if (!Array.isArray(flat)) return { job: undefined, delayUntil };
  const toReply = (fields: JobFields): ClaimReply => ({
    job: toClaimedJob(keys, id, token, fields),
    delayUntil,
  });
  const toDamaged = (error: unknown): ClaimReply => {
    if (!(error instanceof DamagedRecord)) throw error;
    return { job: undefined, delayUntil, damaged: { id, token, reason: error.message } };
  };
  const fields = toFields(flat);
  if (fields.longFields !== undefined)
    return withLongFields(client, keys.job(id), fields).then(toReply).catch(toDamaged);
  try {
    return toReply(fields);
  } catch (error) {
    return toDamaged(error);
  }
}
