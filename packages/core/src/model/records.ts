// What Drover asks of its store, and the records that pass between them. `store/bullmq` keeps the
// contract on BullMQ.
import type { FailureData } from '../codec/failure.js';
import type { NewJobData } from '../codec/stored-jobs.js';
import type { StoredJobOptions } from './job-options.js';
import type { StatusFacts } from './job-state.js';
import type { PolicyData } from './retry/policy.js';

/** The result of a job, as stored: the JSON of its value, or its failure. */
export type StoredResult = { value: string } | { failure: FailureData };

/** A job to be stored, whole. */
export interface NewStoredJob {
  id: string;
  task: string;
  /** The JSON of its arguments. */
  args: string;
  options: StoredJobOptions;
  lane: string;
  /** Callbacks that it has from the start, in order (J7). */
  callbacks?: readonly NewStoredJob[];
  /** It was pulled by this call, and is put again. */
  pulledBy?: string;
  /** Where that is another queue than the one at hand. */
  queue?: string;
  /** It was appended by the job with this id, or by one below that, or a callback of it (C4). */
  appendedBy?: string;
  /**
   * Others may have it as a new job, and put it elsewhere: it is stored by whoever comes first
   * (J12).
   */
  isShared?: true;
}

/** A job that is going to store another one. */
export interface OriginLocation {
  id: string;
  lane: string;
  queue: string;
}

/**
 * A job that is stored already, or is going to be by its origin: nothing is made from this (J12).
 */
export interface PlacedJob {
  kind: 'placed';
  id: string;
  lane: string;
  queue: string;
  /**
   * The job that stores it, the one that stores that, and so on. As long as these have not ended it
   * may come.
   */
  origins: readonly OriginLocation[];
  /** It is stored in the same step as the schedule, after that. */
  isComing: boolean;
}

/** A job that another one is going to wait for. */
export type ScheduledJob = NewStoredJob | PlacedJob;

export function isPlaced(job: ScheduledJob): job is PlacedJob {
  return 'kind' in job;
}

/** What adding a callback to a stored job came to. */
export type CallbackAddition =
  'added' | 'runs' | 'no such job' | 'job elsewhere' | 'stored elsewhere';

/**
 * What cancelling a job came to: 'marked' is one whose turn has not come, 'already' one that was
 * cancelled before.
 */
export type Cancellation = 'taken' | 'marked' | 'already' | 'has its result' | 'no such job';

/** What letting a job run again came to. */
export type Retrial =
  'retried' | 'not completed' | 'succeeded' | 'belongs to one under way' | 'no such job';

/** A job as it was read. */
export interface StoredJob extends NewStoredJob, StatusFacts {
  /** The jobs that were appended to those that it waits for, in order. */
  appended?: NewStoredJob[];
  result?: StoredResult;
  dispatcher?: string;
  interruptions: number;
  /** It is a callback of another job. */
  isCallback?: boolean;
  /** The JSON of each, by name. */
  annotations?: Readonly<Record<string, string>>;
  /** It was cancelled: the failure that it ends with. */
  cancelled?: FailureData;
  /** How often a cancel took it from where it stood, or from its holder. Default 0. */
  cancellations?: number;
  /** It was aborted while it waited: the failure that it ends with when it is woken. */
  aborted?: FailureData;
  /** How often it was claimed before it was let run again: these are not among `claims`. */
  claimsBefore?: number;
  /** It has scheduled all jobs that it waits for: its task does not run again. */
  onlyWaits?: boolean;
}

/** What the failure of a part does to its composite (C2). */
export type OnFailure = 'continue' | 'stop';

/**
 * The jobs that a job waits for: written when it suspends itself, compared with what is there when
 * it is woken.
 */
export interface Manifest {
  /** The names of the jobs, in the order given: ids, but for those in other lanes. */
  jobs: string[];
  /** The name of the job that is called with them, if any. */
  then?: string;
  /** 'stop': with the first failure among them the job ends. Default: 'continue'. */
  onFailure?: 'stop';
  /** How many of `jobs`, the last ones, were appended before they were scheduled. */
  appended?: number;
  /** In how many pieces they are scheduled. */
  chunks: number;
}

/**
 * Whether a job has scheduled all jobs that it waits for. From then on it only waits: its task does
 * not run again.
 */
export function hasScheduled(manifest: Manifest | undefined, scheduledChunks: number): boolean {
  return manifest !== undefined && scheduledChunks >= manifest.chunks;
}

/** A job that a dispatcher has claimed: everything about it that running it needs, in one read. */
export interface ClaimedJob extends NewStoredJob {
  /** The lock's token: every write of the run is fenced by it (I5). */
  token: string;
  /** The number of the claim: the job's fencing token. */
  fence: number;
  /** Interruptions before this claim: when they rise, the job was taken away. */
  interruptions: number;
  /**
   * Cancels before this claim that took the job: when they rise, it was taken away, also where it
   * runs again since.
   */
  cancellations: number;
  policyData: PolicyData;
  /** How often it was run again after an error. */
  retries: number;
  /** How often it was offered to a process that did not know its task, its policy or a codec. */
  unroutableOffers: number;
  /**
   * A job that waits for others does not go on before this time: its policy said so after an
   * interrupt. 0: at once.
   */
  resumeAfter: number;
  /** It has suspended itself before, to wait for these. */
  manifest?: Manifest;
  /** How many chunks of the manifest are scheduled. */
  scheduledChunks: number;
  /** The names of the completed jobs that are its last arguments. */
  joined?: string[];
  /** It was cancelled before its turn came: the failure that it ends with. */
  cancelled?: FailureData;
  /** The jobs that were appended to those that it waits for, in order. */
  appended?: NewStoredJob[];
  /** It was aborted while it waited: the failure that it ends with. */
  aborted?: FailureData;
  /** A job that it waits for failed, and stopped it: the failure that it ends with (C2). */
  stopped?: FailureData;
  /** Its failure stops the job that waits for it. */
  stops: boolean;
  /** The dispatcher that owned it while it waited. */
  waitingOwner?: string;
  /** It has its result: its callbacks ran. */
  result?: StoredResult;
  /** Callbacks were added to it that have not begun. */
  hasCallbacks: boolean;
  /** Others wait for it besides the one that it stands below (J5). */
  hasDependents: boolean;
  /** It is a callback: the result that is its last argument. */
  given?: StoredResult;
}

/** The answer to a claim: a job, or when to look again. */
export interface ClaimReply {
  job?: ClaimedJob;
  /**
   * Milliseconds since 1970 at which the next delayed job is due; 0 for none; undefined where the
   * store was not asked for it.
   */
  delayUntil?: number | undefined;
  /** What was claimed cannot be run: what is stored of it is damaged, or not Drover's (B1). */
  damaged?: { id: string; token: string; reason: string } | undefined;
  /** The answer to a finish: the result is stored, and callbacks run first. No job was claimed. */
  inCallbacks?: boolean;
}

/** A job that was removed from its queue, as its handle can be put again. */
export interface Removed {
  callbacks: NewJobData[];
  /** The id of the pull; empty where the job was merely removed. */
  pulledBy: string;
}

/** What removing a pending job came to. */
export type Removal = Removed | 'not pending' | 'unknown';

/** What changing a pending job came to. */
export type Update = 'updated' | 'not pending' | 'unknown';

/** What is stored of a decision to run a job again. */
export interface RetryRecord {
  policyData: PolicyData;
  /**
   * How often it was run again after an error, with this time; after an interrupt that stays as it
   * is.
   */
  retries?: number;
}
