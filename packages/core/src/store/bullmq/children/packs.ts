// Groups the parts of a composite into packs (docs/protocol/packs.md).
import type { Schedule } from '../../../model/lane-store.js';
import { isPlaced, type NewStoredJob, type ScheduledJob } from '../../../model/records.js';
import type { LaneKeys } from '../keys.js';
import { sizeOf } from '../long-fields.js';
import { optionsText } from '../put/option-text.js';

/** Parts that are stored as one job. */
export interface Pack {
  id: string;
  parts: readonly NewStoredJob[];
}

/** So many parts of a `parallel`: more would hold up Redis, or the slot that runs them. */
const MOST_PARTS = 32;
/** So many steps of a `serial`: to open more would hold up Redis. */
const MOST_STEPS = 256;
/** The arguments of the parts of a pack together, in bytes: scripts read all of them. */
const MOST_BYTES = 50_000;
/** Fewer packable parts gain little from packs. */
const FEWEST_PARTS = 32;
const FEWEST_STEPS = 4;
/** A part with any other option needs more than to run when it is its turn. */
const PACKABLE: ReadonlySet<string> = new Set(['lane', 'failureLogLevel', 'meta']);
/** A UUID of version 7: its first 13 characters are the time at which it was made. */
const UUID_V7 = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-/;

/** The parts of a schedule in their order; packable ones that follow each other are packs. */
export function packedParts(keys: LaneKeys, schedule: Schedule): (ScheduledJob | Pack)[] {
  const { jobs, inOrder, packed } = schedule;
  if (packed === false) return [...jobs];
  const fewest = packed ? 1 : inOrder ? FEWEST_STEPS : FEWEST_PARTS;
  if (jobs.length < fewest) return [...jobs];
  if (!packed && jobs.filter((job) => isPackable(keys, job)).length < fewest) return [...jobs];
  const most = inOrder ? MOST_STEPS : MOST_PARTS;
  const found: (ScheduledJob | Pack)[] = [];
  let parts: NewStoredJob[] = [];
  let bytes = 0;
  const flush = (): void => {
    const [first] = parts;
    if (first && parts.length > 1) found.push({ id: packId(first.id), parts });
    else found.push(...parts);
    parts = [];
    bytes = 0;
  };
  for (const job of jobs) {
    const size = isPlaced(job) ? 0 : sizeInPack(job);
    if (parts.length === most || bytes + size > MOST_BYTES) flush();
    bytes += size;
    if (isPackable(keys, job)) parts.push(job);
    else {
      flush();
      found.push(job);
    }
  }
  flush();
  return found;
}

/** In bytes, or an upper bound. */
function sizeInPack({ args, options }: NewStoredJob): number {
  return sizeOf(args) + (options.meta ? sizeOf(optionsText(options)) : 0);
}

export function isPack(part: ScheduledJob | Pack): part is Pack {
  return 'parts' in part;
}

/** The content of a pack: its parts, JSON. */
export function packData({ parts }: Pack): string {
  return JSON.stringify(
    parts.map(({ id, task, args, options }) => {
      for (const _ in options) return [id, task, args, optionsText(options)];
      return [id, task, args];
    }),
  );
}

/**
 * A new job that needs nothing but to run once it is its turn, in the lane of the job that waits.
 */
function isPackable(keys: LaneKeys, job: ScheduledJob): job is NewStoredJob {
  if (isPlaced(job) || job.isShared || job.callbacks?.length) return false;
  const { lane, queue = keys.queue } = job;
  if (lane !== keys.lane || queue !== keys.queue) return false;
  for (const option in job.options) if (!PACKABLE.has(option)) return false;
  return UUID_V7.test(job.id) && !job.task.startsWith('drover.');
}

/** Each attempt to schedule gives the pack of a part the same id. */
function packId(firstPart: string): string {
  return `${firstPart.slice(0, 14)}8${firstPart.slice(15)}`;
}
