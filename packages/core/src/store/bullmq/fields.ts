// The fields of a job's hash in Redis, BullMQ's and Drover's.

/** The fields that Drover adds to BullMQ's, by the names under which they stand in the hash. */
export interface DroverFields {
  interruptions?: string;
  policyData?: string;
  retries?: string;
  resumeAfter?: string;
  /** The whole failure; BullMQ's own failedReason has its message. */
  failure?: string;
  manifest?: string;
  scheduledChunks?: string;
  /** The token of the run whose puts were stored with the schedule. */
  putBy?: string;
  joined?: string;
  aborted?: string;
  /** It was cancelled: the failure that it ends with. */
  cancelled?: string;
  /** How often it was cancelled. */
  cancellations?: string;
  /** How many jobs were appended; each has a field of its own (appended.ts). */
  appended?: string;
  /** Jobs were appended to those that it is called with. */
  joinedMore?: string;
  /** The failure of a job below it, which ends it. */
  stopped?: string;
  waitingOwner?: string;
  /** Where a job that it waited for was removed: when that brought its turn. */
  turnAt?: string;
  /** 'v' and the JSON of its value, or 'f' and that of its failure, from when it is known. */
  result?: string;
  /** JSON of the keys of its callbacks that have not begun. */
  callbacks?: string;
  /** JSON of the keys of those that have. */
  ranCallbacks?: string;
  /** Of a callback: the key of the job that it belongs to. */
  callbackOf?: string;
  /** Of a callback: its turn has not come, and it stands in no list. */
  deferred?: string;
  /** Of a callback: the result that is its last argument, as in `result`. */
  given?: string;
  quotaArrival?: string;
  /** How often it was offered to a process that could not run it. */
  unroutableOffers?: string;
  /** How often it was claimed before it was let run again. */
  claimsBefore?: string;
  /** The call for which it runs again (O3): its own, or that of a job above it. */
  retriedBy?: string;
  /**
   * It was there before it was scheduled below another job, or was put by the run that scheduled
   * it.
   */
  linked?: string;
  /** JSON of the keys of jobs that wait for it, though it stands below another one. */
  dependents?: string;
  /** JSON of the keys of jobs that it is going to store, and that others wait for already. */
  expected?: string;
  /** The key of the job that is going to store it, where others wait for it already. */
  storedBy?: string;
  /** JSON of the keys of those that waited for it so, when it has ended: it is kept for them. */
  neededBy?: string;
  /**
   * The key of the job that it was a part of, and stands below no more: it is kept with that one.
   */
  partOf?: string;
}

/** The fields of BullMQ 6.7 that Drover reads. */
interface BullFields {
  name?: string;
  data?: string;
  opts?: string;
  /** How often it was claimed. */
  ats?: string;
  finishedOn?: string;
  returnvalue?: string;
  failedReason?: string;
  /** Who claimed it last: the UUID of a dispatcher. */
  pb?: string;
  /** The job that waits for it, JSON: Drover adds `stops` and `of` (schedule.ts). */
  parent?: string;
  /** The key of that job. */
  parentKey?: string;
}

export type JobFields = BullFields & DroverFields;

/** Fields as Redis gives them: name, value, name, value … */
export function toFields(flat: readonly string[]): JobFields {
  const fields: Record<string, string> = {};
  for (let i = 0; i < flat.length; i += 2) fields[flat[i] as string] = flat[i + 1] as string;
  return fields;
}

/** As `toFields`, where users give the names: `__proto__` is one as any other. */
export function toNamed(flat: readonly string[]): Record<string, string> {
  const entries: [string, string][] = [];
  for (let i = 0; i < flat.length; i += 2) entries.push([flat[i] as string, flat[i + 1] as string]);
  return Object.fromEntries(entries);
}
