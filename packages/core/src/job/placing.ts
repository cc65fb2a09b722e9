// The spots of the jobs of one put, callbacks and parts among them. Each job is written whole at
// one spot, and as a reference everywhere else: a job that is written whole twice could be stored
// twice (J12).
import type { JobLocation } from '../codec/stored-jobs.js';
import { BadStatusError } from '../errors.js';
import {
  callbacksOf,
  handleData,
  isHandle,
  laneOf,
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

/** Each job whose put has begun and has not ended, with the spots of that put. */
const underWay = new WeakMap<object, Placing>();

/** The spots of jobs that are stored together. */
export class Placing {
  readonly #spots = new Map<object, Spot>();
  #isUnderWay = false;

  /** @param outer the spots of the jobs in whose arguments these jobs are being written */
  constructor(private readonly outer?: Placing) {}

  /**
   * @throws BadStatusError where the job has a spot already, here, in `outer`, or in a put that is
   *   under way
   */
  add(job: object, spot: Spot): void {
    const other = underWay.get(job);
    if (this.spotOf(job) || (other && other !== this)) {
      const where = spot.role === 'itself' ? 'put' : `a ${spot.role} of ${String(spot.owner)}`;
      throw new BadStatusError(
        `${String(job)} cannot be ${where}: it is being put already, for another job or by itself`,
      );
    }
    this.#spots.set(job, spot);
    if (this.#isUnderWay && !other) underWay.set(job, this);
  }

  /**
   * Calls `put`, which puts these jobs and those that belong to them. Meanwhile no other put of any
   * of them can begin (Q1).
   * @throws BadStatusError where one of them is being put already
   */
  async during<T>(jobs: readonly object[], put: () => Promise<T>): Promise<T> {
    const twice = jobs.find((job) => underWay.has(job));
    if (twice)
      throw new BadStatusError(`${String(twice)} is being put already: a job can be put once`);
    this.#isUnderWay = true;
    for (const job of jobs) underWay.set(job, this);
    try {
      return await put();
    } finally {
      for (const job of jobs) underWay.delete(job);
      for (const job of this.#spots.keys()) underWay.delete(job);
    }
  }

  /** The spot of a job, here or in `outer`. */
  spotOf(job: object): Spot | undefined {
    return this.#spots.get(job) ?? this.outer?.spotOf(job);
  }
}

/** The place of a job whose put is under way, once the put has decided it; else undefined. */
export function placeUnderWay(job: object): JobLocation | undefined {
  return underWay.get(job)?.spotOf(job)?.place;
}

/** @throws BadStatusError where the job, one of its parts or callbacks is not new */
export function layOut(job: AnyHandle, placing: Placing, place: JobLocation | undefined): void {
  layOutAt(job, placing, { place, owner: undefined, role: 'itself' });
}

/** @throws as `layOut` */
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
 * @param owner the job to which it will belong; undefined where it is put by itself
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
