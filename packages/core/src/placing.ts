// Where the jobs that are being stored are going to be. Each is written whole in one place, and named by its place
// everywhere else: a job that was written whole twice could be made twice (J12).
import type { JobPlace } from './codec/stored-jobs.js';
import { BadStatusError } from './errors.js';
import { Scoped } from './scoped.js';

/** How a job that is being stored comes into being. */
export interface Spot {
  /** Undefined where the task that gets the new job around it decides. */
  place: JobPlace | undefined;
  /** The job that stores it, as its part or its callback. Undefined for one that is put by itself. */
  owner: object | undefined;
  role: 'itself' | 'part' | 'callback';
}

/** The jobs that are stored together, each with its spot. */
export class Placing {
  readonly #spots = new Map<object, Spot>();

  /** @throws BadStatusError where it has a spot already, here or in what is being stored around this */
  add(job: object, spot: Spot): void {
    if (this.#spots.has(job) || spotOf(job)) {
      const where = spot.role === 'itself' ? 'put' : `a ${spot.role} of ${String(spot.owner)}`;
      throw new BadStatusError(
        `${String(job)} cannot be ${where}: it is being put already, for another job or by itself`,
      );
    }
    this.#spots.set(job, spot);
  }

  spotOf(job: object): Spot | undefined {
    return this.#spots.get(job);
  }
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
