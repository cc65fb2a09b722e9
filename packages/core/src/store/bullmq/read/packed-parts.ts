// Makes jobs of the parts of packs in the reply of `read-joined` (docs/protocol/packs.md).
import type { StoredJobOptions } from '../../../model/job-options.js';
import type { StoredJob } from '../../../model/records.js';
import type { LaneKeys } from '../keys.js';
import { areParts, optionsInPack, type PackedPart } from '../run/read-pack.js';
import { optionsOf, orUndefined, parsed } from '../record-checks.js';
import { agentIn } from './job-facts.js';

/** Of a job by itself, the values of its fields; of a part, its position in the pack before it. */
export type JoinedEntry = (string | null)[] | PackEntry | number;

type PackEntry = [
  facts: [data: string, opts: string, ats: string | null, pb: string | null],
  values: string[],
];

export interface PackOfReply {
  parts: PackedPart[];
  /** The options that parts without their own have. */
  options: StoredJobOptions | undefined;
  values: string[];
  claims: number;
  claimer: ReturnType<typeof agentIn>;
}

export function isPackEntry(entry: JoinedEntry): entry is PackEntry {
  return Array.isArray(entry) && Array.isArray(entry[0]);
}

/** @throws DamagedRecord */
export function toPack([[data, opts, ats, pb], values]: PackEntry): PackOfReply {
  return {
    parts: parsed('data', data, areParts) ?? [],
    options: orUndefined(() => optionsOf(opts)),
    values,
    claims: Number(ats ?? 1),
    claimer: agentIn(pb ?? undefined),
  };
}

/** @param position from 1 */
export function toPart(
  keys: LaneKeys,
  name: string,
  { parts, options: ofPack, values, claims, claimer }: PackOfReply,
  position: number,
): StoredJob | undefined {
  const { id, keys: own } = keys.named(name);
  const part = parts[position - 1];
  if (!part) return undefined;
  const [, task, args, options] = part;
  const value = values[position - 1];
  const hasResult = value !== undefined;
  const job: StoredJob = {
    id,
    lane: own.lane,
    task,
    args,
    options: orUndefined(() => optionsInPack(options, ofPack)) ?? {},
    state: hasResult ? 'finished' : 'active',
    claims: hasResult ? claims : 0,
    suspended: false,
    hasResult,
    interruptions: 0,
    attempts: hasResult ? 1 : 0,
  };
  if (hasResult) job.result = { value };
  if (hasResult) Object.assign(job, claimer);
  if (own.queue !== keys.queue) job.queue = own.queue;
  return job;
}
