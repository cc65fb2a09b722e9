// The number of jobs that have ended lately in a lane or a queue, and since when jobs are due.

export interface LaneActivity {
  /**
   * How many jobs have ended with a value in the time of the look. It counts what is stored still:
   * jobs that retention has removed meanwhile are missing (J9).
   */
  succeeded: number;
  /** The same with a Failure. */
  failed: number;
  /**
   * Since when the job is due that has waited the longest for an agent: ms since 1970. It is looked
   * for at the head of the lane, and at that of each priority. Missing where no job is due.
   */
  oldestDue?: number;
}

export interface QueueActivity extends LaneActivity {
  /** Redis's clock: ms since 1970. */
  now: number;
  /** Ms before `now` in which the jobs have ended. */
  within: number;
  /** The same for each lane, by name; `system` has recovery's own jobs. */
  lanes: Record<string, LaneActivity>;
}
