// How many jobs there are, by what they do: of a lane, or of a queue.

/**
 * Numbers of jobs. Each job is in one of `due`, `delayed`, `waitingForQuota`, `active`,
 * `callbacks`, `succeeded`, `failed` and `setAside`, or is new and not counted. A part of a
 * composite counts as a job.
 */
export interface JobCounts {
  /** `due`, `delayed` and `waitingForQuota` together, as in `queue.length()`. */
  pending: number;
  /** They wait for a dispatcher that claims them. */
  due: number;
  /** Their `beginAfter`, or the delay of a retry, has not passed. */
  delayed: number;
  /**
   * They wait for a slot of a quota (Q5), for a rate limit (Q9), or for the end of the job that has
   * their key (Q8).
   */
  waitingForQuota: number;
  /** They run, or wait for their parts or for the job that they returned. */
  active: number;
  /** They have their result, and their callbacks run (J7). */
  callbacks: number;
  /** `succeeded` and `failed` together: those that retention has kept (J9). */
  completed: number;
  /** They have a value. */
  succeeded: number;
  /** They have a Failure. */
  failed: number;
  /** The dead letters (B1): `queue.deadLetters()` lists them with the reasons. */
  setAside: number;
}

/** The numbers of a queue. */
export interface QueueCounts extends JobCounts {
  /**
   * Of the active jobs and those in callbacks: their dispatcher has stopped or died, and the job
   * that decides about them has not ended (I1, I3). That job counts too, in the lane `system`.
   */
  interrupted: number;
  /** The numbers of each lane, by name; `system` has recovery's own jobs (I8). */
  lanes: Record<string, JobCounts>;
}

/** How far a composite is: its parts by what they do. Its postprocess is no part. */
export interface Progress {
  parts: number;
  /** They have their result, a value or a Failure, and their callbacks have ended. */
  completed: number;
  /** Of the completed ones: they have a Failure, or were removed. */
  failed: number;
  /** They run, wait for jobs, or have callbacks that run. */
  active: number;
  /** They are in the queue, due or not, or their turn has not come. */
  pending: number;
}
