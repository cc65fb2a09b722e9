// Gives a handle its place, and takes it away. The handles of its callbacks and parts follow (J12).
import type { JobOrigin } from '../codec/stored-jobs.js';
import {
  callbacksOf,
  handleData,
  laneOf,
  locationOf,
  NO_JOBS,
  optionsOf,
  placeOf,
  setState,
  stateOf,
  type AnyHandle,
  type NewState,
  type Place,
  type PlacedState,
} from './handle-data.js';
import { callbackDefaults } from './process-defaults.js';
import type { JobGateway } from './job-gateway.js';
import type { StoredJob } from '../model/records.js';

/**
 * Gives a handle its place, and gives its callbacks and parts theirs.
 * @param stored the job as it was read there, if it was
 */
export function placeJob(job: AnyHandle, place: Place, stored?: StoredJob): void {
  const state = stateOf(job);
  const before = state.kind === 'new' ? state : state.before;
  const { gateway, origin } = place;
  const lane = stored?.lane ?? place.lane;
  const placed: PlacedState = { kind: 'placed', gateway, lane, origin, stored, before };
  setState(job, placed);
  placeBelow(job, placed);
}

/** Callbacks and parts are stored with the job, so their handles have places from now on. */
function placeBelow(job: AnyHandle, placed: PlacedState): void {
  const { parts, inner } = job[handleData];
  const callbacks = placed.before?.callbacks ?? NO_JOBS;
  if (callbacks.length + parts.length + inner.length === 0) return;
  const placeOfNew = placesBelow(job, placed);
  let last: PlacedState | undefined;
  for (const others of [callbacks, parts]) {
    for (const other of others) {
      const before = stateOf(other);
      if (before.kind !== 'new') continue;
      const { gateway, lane, origin } = placeOfNew(other);
      // There may be many thousands of parts. Those that had one state share the next one too.
      if (last?.before !== before || last.lane !== lane)
        last = { kind: 'placed', gateway, lane, origin, stored: undefined, before };
      setState(other, last);
      placeBelow(other, last);
    }
  }
  for (const other of inner) if (stateOf(other).kind === 'new') expectJob(other, placeOfNew(other));
}

/**
 * Gives a fresh handle the place of a job that another process or handle put. The properties are
 * written out: V8 takes 2 µs to add properties to a spread, and each event makes a handle.
 */
export function placeFound(
  job: AnyHandle,
  { gateway, lane, origin }: Place,
  stored?: StoredJob,
): void {
  setState(job, { kind: 'placed', gateway, lane, origin, stored, before: undefined });
}

/**
 * Makes a handle new again, with its callbacks and parts, where the job was not stored in this
 * gateway.
 */
export function displaceJob(job: AnyHandle, gateway: JobGateway): void {
  const state = stateOf(job);
  if (state.kind === 'new') {
    if (state.expectedAt?.gateway !== gateway) return;
    setState(job, { ...state, expectedAt: undefined });
  } else {
    if (state.gateway !== gateway || !state.before) return;
    setState(job, state.before);
  }
  for (const other of [...callbacksOf(job), ...job[handleData].inner]) displaceJob(other, gateway);
}

/** Stores in a handle what was read of its job, if the handle has a place or may get one. */
export function applyStored(job: AnyHandle, stored: StoredJob): void {
  const state = stateOf(job);
  const place = placeOf(job);
  if (!place) return;
  const { origin } = place;
  // Another holder of this new job may have put it into another queue (J12).
  const gateway =
    stored.queue === undefined ? place.gateway : place.gateway.gatewayFor(stored.queue);
  const before = state.kind === 'placed' ? state.before : undefined;
  setState(job, { kind: 'placed', gateway, lane: stored.lane, origin, stored, before });
}

/** Gives a new job a callback. */
export function giveCallback(job: AnyHandle, callback: AnyHandle): void {
  changeNew(callback, {
    belongsTo: job,
    options: { ...callbackDefaults(), ...optionsOf(callback) },
  });
  changeNew(job, { callbacks: [...callbacksOf(job), callback] });
}

/** Changes the state of a new job. A placed job stays as it is. */
export function changeNew(job: AnyHandle, changes: Partial<Omit<NewState, 'kind'>>): void {
  const state = stateOf(job);
  if (state.kind === 'new') setState(job, { ...state, ...changes });
}

/** Notes where a new job will be if it is put there, with its callbacks and inner jobs. */
function expectJob(job: AnyHandle, place: Place): void {
  const state = stateOf(job);
  // Two new jobs may hold each other: without this check the walk would not end.
  if (state.kind === 'placed' || state.expectedAt) return;
  setState(job, { ...state, expectedAt: place });
  const placeOfNew = placesBelow(job, place);
  for (const other of [...callbacksOf(job), ...job[handleData].inner])
    expectJob(other, placeOfNew(other));
}

/** Gives the places of jobs that another one stores. Of those in one lane it is one object. */
function placesBelow({ id }: AnyHandle, place: Place): (job: AnyHandle) => Place {
  const { gateway } = place;
  const origin: JobOrigin = { id, ...locationOf(place) };
  let last: Place | undefined;
  return (job) => {
    const lane = laneOf(job);
    return last?.lane === lane ? last : (last = { gateway, lane, origin });
  };
}
