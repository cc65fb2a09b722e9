// The spots of the jobs of one put, callbacks and parts among them. Each job is written whole at
// one spot, and as a reference everywhere else: a job that is written whole twice could be stored
// twice (J12).
import type { JobLocation } from '../codec/stored-jobs.js';
import { BadStatusError } from '../errors.js';
import { checkKeyOfOwned } from '../model/key-options.js';
import {
  callbacksOf,
  handleData,
  isHandle,
  laneOf,
  NO_JOBS,
  optionsOf,
  ownJobs,
  type AnyHandle,
} from './handle-data.js';
import { checkNew } from './job-refusals.js';

/** The way in which a job of a put comes to be stored. */
export interface Spot {
  /** Undefined for a new job in arguments: the task that gets it decides where to put it. */
  place: JobLocation | undefined;
  /**
   * The job that stores it, as its part or its callback. Undefined for one that is put by itself.
   */
  owner: object | undefined;
  role: 'itself' | 'part' | 'callback';
}

/** The spots of jobs that are stored together. */
export class Placing {
  readonly #spots = new Map<AnyHandle, Spot>();
  #isUnderWay = false;

  /** @param outer the spots of the jobs in whose arguments these jobs are being written */
  constructor(private readonly outer?: Placing) {}

  /**
   * @throws BadStatusError where the job has a spot already, here, in `outer`, or in a put that is
   *   under way
   */
  add(job: AnyHandle, spot: Spot): void {
    const data = job[handleData];
    const other = data.putBy;
    if (this.spotOf(job) || (other && other !== this)) {
      const where = spot.role === 'itself' ? 'put' : `a ${spot.role} of ${String(spot.owner)}`;
      throw new BadStatusError(
        `${String(job)} cannot be ${where}: it is being put already, for another job or by itself`,
      );
    }
    this.#spots.set(job, spot);
    if (this.#isUnderWay) data.putBy = this;
  }

  /**
   * Calls `put`, which puts these jobs and those that belong to them. Meanwhile no other put of any
   * of them can begin (Q1).
   * @throws BadStatusError where one of them is being put already
   */
  async during<T>(jobs: readonly AnyHandle[], put: () => Promise<T>): Promise<T> {
    const twice = jobs.find((job) => job[handleData].putBy);
    if (twice)
      throw new BadStatusError(`${String(twice)} is being put already: a job can be put once`);
    this.#isUnderWay = true;
    for (const job of jobs) job[handleData].putBy = this;
    try {
      return await put();
    } finally {
      for (const job of jobs) job[handleData].putBy = undefined;
      for (const job of this.#spots.keys()) job[handleData].putBy = undefined;
    }
  }

  /** The spot of a job, here or in `outer`. */
  spotOf(job: AnyHandle): Spot | undefined {
    return this.#spots.get(job) ?? this.outer?.spotOf(job);
  }
}

/** The place of a job whose put is under way, once the put has decided it; else undefined. */
export function placeUnderWay(job: AnyHandle): JobLocation | undefined {
  return job[handleData].putBy?.spotOf(job)?.place;
}

/** @throws BadStatusError where the job, one of its parts or callbacks is not new */
export function layOut(job: AnyHandle, placing: Placing, place: JobLocation | undefined): void {
  layOutAt(job, placing, { place, owner: undefined, role: 'itself' });
}

function layOutAt(job: AnyHandle, placing: Placing, spot: Spot): void {
  checkNewJob(job, spot.owner);
  placing.add(job, spot);
  layOutBelow(job, callbacksOf(job), 'callback', placing, spot.place);
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
  const own = data.args === undefined ? NO_JOBS : job[ownJobs];
  data.parts = own.length === 0 ? NO_JOBS : own.filter(isHandle);
  layOutBelow(job, data.parts, 'part', placing, place);
}

/**
 * Lays out the callbacks or the parts of a job. There may be many thousands: those of one lane
 * share their spot.
 * @param place of `owner`
 */
export function layOutBelow(
  owner: AnyHandle,
  jobs: readonly AnyHandle[],
  role: 'part' | 'callback',
  placing: Placing,
  place: JobLocation | undefined,
): void {
  if (jobs.length === 0) return;
  const { isShared } = owner[handleData];
  const origin = place && { id: owner.id, ...place };
  let spot: Spot | undefined;
  for (const job of jobs) {
    // Each holder of the outer job holds this one too.
    if (isShared) job[handleData].isShared = true;
    checkKeyOfOwned(job, optionsOf(job), role);
    const lane = laneOf(job);
    if (!spot || (place && spot.place?.lane !== lane))
      spot = { place: place && { queue: place.queue, lane, origin }, owner, role };
    layOutAt(job, placing, spot);
  }
}

/**
 * @param owner the job to which it will belong; undefined where it is put by itself
 * @throws BadStatusError where the job is not new, or belongs to another one
 */
export function checkNewJob(job: AnyHandle, owner?: object): void {
  const { state } = job[handleData];
  if (state.kind === 'new') {
    if (state.belongsTo !== undefined && state.belongsTo !== owner)
      checkNew(job, { isCallback: true, origin: undefined, isPut: false });
    return;
  }
  // Its owner is being stored once more, with other arguments.
  const ownerId = (owner as AnyHandle | undefined)?.id;
  if (owner && state.origin?.id === ownerId && state.before && !state.stored) return;
  const isCallback = state.before?.belongsTo !== undefined;
  checkNew(job, { isCallback, origin: state.origin, isPut: true });
}
