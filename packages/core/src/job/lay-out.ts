// Gives a new job its spot in a put, with its callbacks and its parts: before any of them is
// written, each is known to be new and to belong to one job alone (Q1, J12).
import type { JobLocation } from '../codec/stored-jobs.js';
import {
  callbacksOf,
  handleData,
  isHandle,
  laneOf,
  ownJobs,
  type AnyHandle,
} from './handle-data.js';
import { checkNew } from './job-refusals.js';
import type { Placing, Spot } from './placing.js';

/** @throws BadStatusError where the job, or one that belongs to it, is not new */
export function layOut(job: AnyHandle, placing: Placing, place: JobLocation | undefined): void {
  layOutAt(job, placing, { place, owner: undefined, role: 'itself' });
}

/** @throws BadStatusError where the job is not new, or one that belongs to it */
export function layOutAt(job: AnyHandle, placing: Placing, spot: Spot): void {
  checkNewJob(job, spot.owner);
  placing.add(job, spot);
  for (const callback of callbacksOf(job))
    layOutAt(callback, placing, spotBelow(job, callback, spot.place, 'callback'));
  layOutParts(job, placing, spot.place);
}

export function layOutParts(
  job: AnyHandle,
  placing: Placing,
  place: JobLocation | undefined,
): void {
  const data = job[handleData];
  // Near jobs can be read only inside the job around this one. Reading the arguments now makes
  // handles of them, which are then written whole.
  if (data.holdsNear) void job.args;
  // A tree that was never read is stored as it is, with the parts in it.
  data.parts = data.args === undefined ? [] : job[ownJobs].filter(isHandle);
  for (const part of data.parts) layOutAt(part, placing, spotBelow(job, part, place, 'part'));
}

export function spotBelow(
  owner: AnyHandle,
  job: AnyHandle,
  place: JobLocation | undefined,
  role: Spot['role'],
): Spot {
  // Each holder of the outer job holds this one too.
  if (owner[handleData].isShared) job[handleData].isShared = true;
  const below = place && {
    queue: place.queue,
    lane: laneOf(job),
    origin: { id: owner.id, ...place },
  };
  return { place: below, owner, role };
}

/**
 * @param owner the job that it is to belong to; undefined where it is to be put by itself
 * @throws BadStatusError where the job is not new, or belongs to another one
 */
export function checkNewJob(job: AnyHandle, owner?: object): void {
  const { state } = job[handleData];
  if (state.kind === 'new') {
    const isCallback = state.belongsTo !== undefined && state.belongsTo !== owner;
    return checkNew(job, { isCallback, origin: undefined, isPut: false });
  }
  // Its owner is being stored once more, with other arguments.
  const ownerId = (owner as AnyHandle | undefined)?.id;
  if (owner && state.origin?.id === ownerId && state.before && !state.stored) return;
  const isCallback = state.before?.belongsTo !== undefined;
  checkNew(job, { isCallback, origin: state.origin, isPut: true });
}
