// Counts jobs that ended in the same way, with the shortest and the longest of them.

/** A job, and its duration. */
export interface JobDuration {
  id: string;
  /** Milliseconds from the start of the job to its end. */
  duration: number;
}

/** The durations of jobs that ended in the same way. */
export interface EndStatistics {
  count: number;
  /** Undefined if no duration is known: that of a job is unknown if another process started it. */
  shortest: JobDuration | undefined;
  longest: JobDuration | undefined;
}

export function noEnds(): EndStatistics {
  return { count: 0, shortest: undefined, longest: undefined };
}

export function addEnds(sum: EndStatistics, { count, shortest, longest }: EndStatistics): void {
  sum.count += count;
  if (shortest && shortest.duration < (sum.shortest?.duration ?? Infinity))
    sum.shortest = { ...shortest };
  if (longest && longest.duration > (sum.longest?.duration ?? -1)) sum.longest = { ...longest };
}

/** @param duration ms; undefined if it is unknown */
export function addEnd(sum: EndStatistics, id: string, duration: number | undefined): void {
  const job = duration === undefined ? undefined : { id, duration };
  addEnds(sum, { count: 1, shortest: job, longest: job });
}
