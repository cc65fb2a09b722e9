// The facts of a stored job beside its content and its result: its times, the dispatcher and the
// agent that run it, and the jobs around it.
import type { JobTimes, Relatives, StoredPlace } from '../../../model/facts.js';
import type { StoredJob } from '../../../model/records.js';
import { chunksOf } from '../../../lib/chunks.js';
import type { JobFields } from '../fields.js';
import type { LaneKeys } from '../keys.js';

/** The fields that name the dispatcher of a job. */
type OwnerFields = Pick<JobFields, 'pb' | 'waitingOwner' | 'manifest' | 'result' | 'finishedOn'>;

/** The dispatcher that runs a job, owns it while it waits, or ran it last, and its agent. */
export function claimerOf(fields: OwnerFields): { dispatcher?: string; agent?: string } {
  const claimer = agentIn(fields.pb);
  const owner = fields.finishedOn === undefined ? ownerOf(fields) : undefined;
  // A dispatcher that took it over while it waits has not claimed it.
  return owner === undefined || owner === claimer.dispatcher ? claimer : { dispatcher: owner };
}

/** @param pb BullMQ's field: `<uuid>/<agent>`; recovery claims without an agent */
export function agentIn(pb: string | undefined): { dispatcher?: string; agent?: string } {
  if (pb === undefined) return {};
  const slash = pb.indexOf('/');
  if (slash < 0) return { dispatcher: pb };
  return { dispatcher: pb.slice(0, slash), agent: pb.slice(slash + 1) };
}

/** The dispatcher that owns a waiting job; undefined while an interrupt owns it. */
function ownerOf({ waitingOwner, manifest, result }: OwnerFields): string | undefined {
  const [uuid, epoch] = (waitingOwner ?? '').split(':');
  return (manifest ?? result) !== undefined && epoch !== undefined ? uuid : undefined;
}

/**
 * When a job was due: since its put, its `beginAfter`, its turn, or the decision that it runs
 * again, whichever was last. ms since 1970.
 */
export function dueAtOf(
  { timestamp, turnAt, dueAt }: { [F in 'timestamp' | 'turnAt' | 'dueAt']?: string | undefined },
  beginAfter: number,
): number {
  return Math.max(timeIn(timestamp), beginAfter, timeIn(turnAt), timeIn(dueAt));
}

/**
 * When the run began after which a job has waited, in ms since 1970.
 * @param startedAt the field; after a `/` it has the turn before
 */
export function beganAtOf(startedAt: string | undefined): number | undefined {
  return startedAt === undefined ? undefined : timeIn(startedAt.split('/')[0]) || undefined;
}

/** A damaged time counts as none (B1). */
function timeIn(text: string | undefined): number {
  return text === undefined ? 0 : Number(text) || 0;
}

/** @param job the same job, as far as it was read */
export function timesOf(fields: JobFields, job: StoredJob): JobTimes {
  const { state, claims, suspended, attempts, options } = job;
  const { timestamp, dueAt } = fields;
  const isNew =
    state === 'deferred' || (state === 'waiting-children' && claims === 0 && !suspended);
  // Of a job that waits, or has waited: the start of its run, and its turn before that.
  const [began = fields.processedOn, before = '0'] = fields.startedAt?.split('/') ?? [];
  const turnAt = fields.startedAt === undefined ? fields.turnAt : before;
  const times: { -readonly [T in keyof JobTimes]: JobTimes[T] } = { put: timeIn(timestamp) };
  if (!isNew) times.due = dueAtOf({ timestamp, turnAt, dueAt }, options.beginAfter ?? 0);
  // Dispatchers measure Redis's clock, and may be a few ms off: no time is before an earlier one.
  if (attempts > 0 && began !== undefined)
    times.started = Math.max(timeIn(timestamp), timeIn(began));
  if (fields.finishedOn !== undefined)
    times.ended = Math.max(times.started ?? timeIn(timestamp), timeIn(fields.finishedOn));
  return times;
}

/** @param json of the field `relatives`: what each one is, its key and its task */
export function relativesOf(keys: LaneKeys, json: string): Relatives {
  const relatives: Relatives = { callbacks: [], children: [] };
  for (const [what, key = '', task = ''] of chunksOf(JSON.parse(json) as string[], 3)) {
    const { id, keys: own } = keys.named(key.slice(keys.root.length));
    const place: StoredPlace = { id, task, queue: own.queue, lane: own.lane };
    if (what === 'parent') relatives.parent = place;
    else relatives[what === 'callback' ? 'callbacks' : 'children'].push(place);
  }
  return relatives;
}
