// Where the jobs that are being stored are going to be. Each is written whole in one place, and
// named by its place everywhere else: a job that was written whole twice could be made twice (J12).
import type { JobLocation } from '../codec/stored-jobs.js';
import { BadStatusError } from '../errors.js';
import { Scoped } from '../lib/scoped.js';

/** How a job that is being stored comes into being. */
export interface Spot {
  /** Undefined where the task that gets the new job around it decides. */
  place: JobLocation | undefined;
  /**
   * The job that stores it, as its part or its callback. Undefined for one that is put by itself.
   */
  owner: object | undefined;
  role: 'itself' | 'part' | 'callback';
}

/** The jobs whose put has begun and has not ended, each with all that is put together with it. */
const underWay = new WeakMap<object, Placing>();

/** The jobs that are stored together, each with its spot. */
export class Placing {
  readonly #spots = new Map<object, Spot>();
  #isUnderWay = false;

  /**
   * @throws BadStatusError where it has a spot already, here, in what is being stored around this,
   *   or in a put that is under way
   */
  add(job: object, spot: Spot): void {
    const other = underWay.get(job);
    if (this.#spots.has(job) || spotOf(job) || (other && other !== this)) {
      const where = spot.role === 'itself' ? 'put' : `a ${spot.role} of ${String(spot.owner)}`;
      throw new BadStatusError(
        `${String(job)} cannot be ${where}: it is being put already, for another job or by itself`,
      );
    }
    this.#spots.set(job, spot);
    if (this.#isUnderWay && !other) underWay.set(job, this);
  }

  /**
   * Calls what puts these jobs, with those that belong to them: no other put of one of them may be
   * under way at the same time (Q1).
   * @throws BadStatusError where one is
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

  spotOf(job: object): Spot | undefined {
    return this.#spots.get(job);
  }
}

/**
 * Where a job is going to be whose put is under way; undefined for any other, and before that is
 * decided.
 */
export function placeUnderWay(job: object): JobLocation | undefined {
  return underWay.get(job)?.spotOf(job)?.place;
}

const placings = new Scoped<Placing>();

/** Writes what is stored of jobs that have their spots in `placing`. */
export function whilePlacing<T>(placing: Placing, write: () => T): T {
  return placings.during(placing, write);
}

/** The spot of a job that is being stored; undefined for any other. */
export function spotOf(job: object): Spot | undefined {
  const { all } = placings;
  for (let i = all.length - 1; i >= 0; i--) {
    const spot = all[i]?.spotOf(job);
    if (spot) return spot;
  }
  return undefined;
}
