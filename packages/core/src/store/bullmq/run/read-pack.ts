// Reads the parts of a claimed pack (docs/protocol/packs.md).
import type { StoredJobOptions } from '../../../model/job-options.js';
import type { ClaimedJob, ClaimedPack } from '../../../model/records.js';
import { inheritedMeta } from '../../../model/meta.js';
import { DamagedRecord } from '../../../model/store-errors.js';
import type { JobFields } from '../fields.js';
import type { LaneKeys } from '../keys.js';
import { optionsOf, parsed, stopsItsParent } from '../record-checks.js';

export type PackedPart = [id: string, task: string, args: string, options?: string];

/** @param token of the claim of the pack @throws DamagedRecord */
export function readPack(keys: LaneKeys, token: string, fields: JobFields): ClaimedPack {
  const all = parsed('data', fields.data, areParts) ?? [];
  const inOrder = fields.inOrder !== undefined;
  if (fields.packEnded === '') throw new DamagedRecord('the values of its parts are no list');
  const ended = Number(fields.packEnded ?? 0);
  const stops = stopsItsParent(fields.parent);
  const fence = Number(fields.ats ?? 0);
  const dueAt = Math.max(Number(fields.timestamp ?? 0), Number(fields.turnAt ?? 0));
  const ofPack = optionsOf(fields.opts);
  const parts = all.slice(ended).map(([id, task, args, options], i): ClaimedJob => {
    // Every field is set, as in `toClaimedJob`.
    return {
      id,
      lane: keys.lane,
      task,
      args,
      options: optionsInPack(options, ofPack),
      token: `${token}.${ended + i + 1}`,
      fence,
      attempt: 1,
      dueAt,
      beganAt: undefined,
      interruptions: 0,
      cancellations: 0,
      policyData: {},
      retries: 0,
      unroutableOffers: 0,
      resumeAfter: 0,
      scheduledChunks: 0,
      runsAgain: false,
      manifest: undefined,
      joined: undefined,
      thenValue: undefined,
      verdict: undefined,
      appended: undefined,
      stops,
      waitingOwner: undefined,
      result: undefined,
      given: undefined,
      pack: undefined,
    };
  });
  return { inOrder, ended, parts };
}

/**
 * The options of a part. @param ofPack the options that parts without their own have (J11)
 * @throws DamagedRecord
 */
export function optionsInPack(
  json: string | undefined,
  ofPack: StoredJobOptions | undefined,
): StoredJobOptions {
  const own = optionsOf(json);
  if (!ofPack) return own ?? {};
  const meta = inheritedMeta(own?.meta, ofPack.meta);
  return { ...ofPack, ...own, ...(meta && { meta }) };
}

export function areParts(value: unknown): value is PackedPart[] {
  return Array.isArray(value) && value.length > 0 && value.every(isPart);
}

function isPart(value: unknown): value is PackedPart {
  if (!Array.isArray(value) || value.length < 3 || value.length > 4) return false;
  return value.every((text) => typeof text === 'string');
}
