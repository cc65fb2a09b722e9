// Writes the stored form of a new job: whole, with its callbacks, where it is put or stands inside
// a value; as a reference everywhere else (J4, J12).
import { toTagged } from '../codec/codec.js';
import { argsWithin } from '../codec/data-size.js';
import type { Root } from '../codec/path.js';
import { isPlain } from '../codec/plain.js';
import { toStoredInside, type NewJobData, type StoredInside } from '../codec/stored-jobs.js';
import { SerializationError } from '../errors.js';
import type { StoredJobOptions } from '../model/job-options.js';
import type { NewStoredJob } from '../model/records.js';
import { currentClock, type RedisClock } from '../redis/clock.js';
import {
  callbacksOf,
  handleData,
  isHandle,
  laneOf,
  locationOf,
  NO_JOBS,
  optionsOf,
  type AnyHandle,
  type Place,
} from './handle-data.js';
import { layOut, layOutBelow, layOutParts, placeUnderWay, Placing } from './placing.js';
import { callbackDefaults, jobDefaults } from './process-defaults.js';

/** The context of one call that stores jobs, passed down to each job that it writes. */
export interface Writing {
  readonly placing: Placing;
  /** The job whose arguments are being written. */
  readonly holder?: AnyHandle | undefined;
  /** The defaults of the process and of the queue. They hold for new jobs in arguments too. */
  readonly defaults: StoredJobOptions | undefined;
  readonly maxDataBytes?: number | undefined;
  /** Tells the time at which a `beginAfter` in ms is due (Q2). */
  readonly clock: RedisClock;
  /** The number of near jobs that the call has written so far. */
  readonly near: { count: number };
}

export interface WritingOptions {
  maxDataBytes?: number | undefined;
  /** The defaults of the queue. */
  defaults?: StoredJobOptions | undefined;
  /** Default: the clock that this process measured last. */
  clock?: RedisClock | undefined;
}

export function newWriting(placing: Placing, options: WritingOptions = {}): Writing {
  const { maxDataBytes, defaults: ofQueue, clock = currentClock() } = options;
  const ofProcess = jobDefaults();
  const defaults = ofQueue && ofProcess ? { ...ofProcess, ...ofQueue } : (ofQueue ?? ofProcess);
  return { placing, defaults, maxDataBytes, clock, near: { count: 0 } };
}

/** The record of a job that is put together with others. */
export function writeNewJob(job: AnyHandle, around: Writing): NewStoredJob {
  const writing = withSpot(job, around);
  const { defaults, maxDataBytes, clock } = writing;
  const { argsTree, state, isShared } = job[handleData];
  const tree = argsTree === undefined ? writeArgs(job, 'args', writing) : argsTree;
  const args = argsWithin(JSON.stringify(tree), maxDataBytes, job);
  const own = optionsOf(job, clock);
  const options = defaults ? { ...defaults, ...own } : own;
  const callbacks = callbacksOf(job);
  const { id, task } = job;
  const stored: NewStoredJob = { id, task, args, options, lane: laneOf(job) };
  // Not by spreads, which cost most of the time for a job without any of these.
  if (callbacks.length > 0)
    stored.callbacks = callbacks.map((callback) => writeNewJob(callback, writing));
  if (state.kind === 'new' && state.pulledBy) stored.pulledBy = state.pulledBy;
  if (isShared) stored.isShared = true;
  return stored;
}

/** The record of a new job that becomes a callback of a job at `at`, and its place. */
export function newStoredCallback(
  job: AnyHandle,
  callback: AnyHandle,
  at: Place,
  placing: Placing,
): { stored: NewStoredJob; place: Place } {
  const { gateway } = at;
  layOutBelow(job, [callback], 'callback', placing, locationOf(at));
  const { maxDataBytes } = gateway;
  const stored = writeNewJob(callback, newWriting(placing, { maxDataBytes }));
  // The defaults of jobs do not hold for callbacks.
  stored.options = { ...callbackDefaults(), ...optionsOf(callback) };
  const origin = placing.spotOf(callback)?.place?.origin;
  return { stored, place: { gateway, lane: stored.lane, origin } };
}

/** Gives a job other arguments. `json`: their stored form; `undo` restores the former ones. */
export function changeArgs(
  job: AnyHandle,
  args: readonly unknown[],
): { json: string; undo: () => void } {
  const data = job[handleData];
  const { args: before, argsTree, inner, parts, state } = data;
  const undo = (): void => void Object.assign(data, { args: before, argsTree, inner, parts });
  Object.assign(data, { args, argsTree: undefined });
  try {
    const place = state.kind === 'placed' ? locationOf(state) : undefined;
    const placing = new Placing();
    placing.add(job, { place, owner: undefined, role: 'itself' });
    layOutParts(job, placing, place);
    return { json: JSON.stringify(writeArgs(job, 'args', newWriting(placing))), undo };
  } catch (error) {
    undo();
    throw error;
  }
}

/**
 * The stored form of a job inside a value, where it stands at `path`.
 * @param writing undefined where the value is not the arguments of a job
 * @throws SerializationError where the job stands in its own arguments
 */
export function writeInside(
  job: AnyHandle,
  path: () => string,
  writing: Writing = newWriting(new Placing()),
): StoredInside {
  const { placing, holder, near } = writing;
  if (holder === job) throw new SerializationError(path(), `is ${String(job)} itself`);
  const spot = placing.spotOf(job);
  if (spot?.role === 'part' && spot.owner === holder)
    return { kind: 'new', job: writeData(job, path, writing, true) };
  const { id, task } = job;
  const data = job[handleData];
  // The put that is under way has decided the place. Written as new, the job could be put again.
  const place =
    data.state.kind === 'placed' ? locationOf(data.state) : (spot?.place ?? placeUnderWay(job));
  if (place) return { kind: 'reference', job: { id, task, ...place } };
  if (spot) {
    near.count++;
    return { kind: 'near', job: { id } };
  }
  data.isShared = true;
  return { kind: 'new', job: writeData(job, path, withSpot(job, writing)) };
}

function writeData(
  job: AnyHandle,
  path: () => string,
  writing: Writing,
  isPart = false,
): NewJobData {
  const { id, task } = job;
  const { near, defaults, clock } = writing;
  const before = near.count;
  const own = optionsOf(job, clock);
  const options = defaults ? { ...defaults, ...own } : own;
  const given = callbacksOf(job);
  const callbacks = given.length > 0 && given.map((one) => writeData(one, path, writing));
  const args = job[handleData].argsTree ?? writeArgs(job, () => `${path()}.args`, writing);
  const stored: NewJobData = { id, task, args };
  if (Object.keys(options).length > 0) stored.options = { ...options };
  if (callbacks) stored.callbacks = callbacks;
  if (isPart) stored.isPart = true;
  if (job[handleData].isShared) stored.isShared = true;
  if (near.count > before) stored.holdsNear = true;
  return stored;
}

/** The tree of the arguments of a job. */
function writeArgs(job: AnyHandle, root: Root, writing: Writing): unknown {
  const data = job[handleData];
  const { args } = job;
  data.inner = NO_JOBS;
  if (isPlain(args)) return args;
  const inner: AnyHandle[] = (data.inner = []);
  const inside: Writing = { ...writing, holder: job };
  return toTagged(args, root, (found, path) => {
    if (!isHandle(found)) return found[toStoredInside](path);
    inner.push(found);
    return writeInside(found, path, inside);
  });
}

/** The context in which the job, and all that belongs to it, has a spot. */
function withSpot(job: AnyHandle, writing: Writing): Writing {
  if (writing.placing.spotOf(job)) return writing;
  const placing = new Placing(writing.placing);
  layOut(job, placing, undefined);
  return { ...writing, placing };
}
