// The facts of a stored job that only readers ask for: its times, and the jobs around it.

/** The times of a job: ms since 1970, by Redis's clock. A missing one has not come. */
export interface JobTimes {
  /** Its put, or that of a part with its composite. */
  readonly put?: number;
  /**
   * When it was, or will be, due: the last of its put, its `beginAfter`, its turn, and the time at
   * which its policy lets it run again. Missing while its turn has not come.
   */
  readonly due?: number;
  /** The begin of its last run; of a job that waits for others, the begin of that run. */
  readonly started?: number;
  /** Its end, with its callbacks. */
  readonly ended?: number;
}

/** A stored job, by its place alone. */
export interface StoredPlace {
  id: string;
  task: string;
  queue: string;
  lane: string;
}

/** The stored jobs around a job. */
export interface Relatives {
  /** The job that waits for it, or whose callback it is. */
  parent?: StoredPlace;
  /** Its callbacks, in order. */
  callbacks: StoredPlace[];
  /** The jobs that it waits for, where they are not many. */
  children: StoredPlace[];
}
