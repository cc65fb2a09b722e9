// How a handle comes by its place, and loses it: with it go those of its callbacks, and of its
// parts (J12).
import type { JobOrigin } from '../codec/stored-jobs.js';
import {
  callbacksOf,
  handleData,
  laneOf,
  locationOf,
  optionsOf,
  placeOf,
  setState,
  stateOf,
  type AnyHandle,
  type NewState,
  type Place,
} from './handle-data.js';
import { callbackDefaults } from './process-defaults.js';
import type { JobGateway } from './job-gateway.js';
import type { StoredJob } from '../model/records.js';

/**
 * Gives a handle its place, and those of its callbacks and parts; and what is stored there if that
 * is known.
 */
export function placeJob(job: AnyHandle, place: Place, stored?: StoredJob): void {
  const state = stateOf(job);
  const { gateway, origin } = place;
  const lane = stored?.lane ?? place.lane;
  setState(job, {
    kind: 'placed',
    gateway,
    lane,
    origin,
    stored,
    before: state.kind === 'new' ? state : state.before,
  });
  const { parts, inner } = job[handleData];
  // Those that belong to it are stored with it: their handles are good from then on.
  for (const other of [...callbacksOf(job), ...parts]) {
    if (stateOf(other).kind === 'new')
      placeJob(other, placeBelow(job, { gateway, lane, origin }, other));
  }
  for (const other of inner) expectJob(other, placeBelow(job, { gateway, lane, origin }, other));
}

/**
 * Gives a fresh handle the place of a job that was put elsewhere: it has nothing of it from when it
 * was new. Its properties are written out: V8 takes 2 µs to add properties to a spread, and each
 * event makes a handle.
 */
export function placeFound(
  job: AnyHandle,
  { gateway, lane, origin }: Place,
  stored?: StoredJob,
): void {
  setState(job, { kind: 'placed', gateway, lane, origin, stored, before: undefined });
}

/**
 * Makes a handle that was given a place in this gateway new again, with those that belong to it: it
 * was not stored there.
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

/** Brings a handle that has a place, or may come to one, up to date with what was read there. */
export function applyStored(job: AnyHandle, stored: StoredJob): void {
  const state = stateOf(job);
  const place = placeOf(job);
  if (!place) return;
  const { origin } = place;
  // Where others had it as a new job, one of them may have put it into another queue (J12).
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

/** Changes a new job; nothing where it was put. */
export function changeNew(job: AnyHandle, changes: Partial<Omit<NewState, 'kind'>>): void {
  const state = stateOf(job);
  if (state.kind === 'new') setState(job, { ...state, ...changes });
}

/** A new job, with those that belong to it, may come to be at this place. */
function expectJob(job: AnyHandle, place: Place): void {
  const state = stateOf(job);
  // They may name each other.
  if (state.kind === 'placed' || state.expectedAt) return;
  setState(job, { ...state, expectedAt: place });
  for (const other of [...callbacksOf(job), ...job[handleData].inner])
    expectJob(other, placeBelow(job, place, other));
}

/** The place of a job that another one stores. */
function placeBelow({ id }: AnyHandle, place: Place, job: AnyHandle): Place {
  const origin: JobOrigin = { id, ...locationOf(place) };
  return { gateway: place.gateway, lane: laneOf(job), origin };
}
