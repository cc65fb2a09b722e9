// The records that pass between Drover and its store.
import type { FailureData } from '../codec/failure.js';
import type { NewJobData } from '../codec/stored-jobs.js';
import type { StoredJobOptions } from './job-options.js';
import type { StatusFacts } from './job-state.js';
import type { JobTimes, Relatives } from './facts.js';
import type { PolicyData } from './retry/policy.js';

/** The stored result of a job: the JSON of its value, or its failure. */
export type StoredResult = { value: string } | { failure: FailureData };

/** A job to store, with its whole content. */
export interface NewStoredJob {
  id: string;
  task: string;
  /** The JSON of its arguments. */
  args: string;
  options: StoredJobOptions;
  lane: string;
  /** The callbacks that are stored with it, in order (J7). */
  callbacks?: readonly NewStoredJob[];
  /** It is put again after this pull. */
  pulledBy?: string;
  /** Undefined: the queue at hand. */
  queue?: string;
  /**
   * The id of the part that appended it: itself, by a child at any depth, or by a callback (C4).
   */
  appendedBy?: string;
  /** Several handles have it as a new job: the first one that is put decides its place (J12). */
  isShared?: true;
}

/** The place of a job that is going to store another one. */
export interface OriginLocation {
  id: string;
  lane: string;
  queue: string;
}

/**
 * The place of a job that is stored, or that its origin is going to store. The schedule never
 * stores it (J12).
 */
export interface PlacedJob {
  kind: 'placed';
  id: string;
  lane: string;
  queue: string;
  /** Nearest first: the job that stores it, the one that stores that, and so on. */
  origins: readonly OriginLocation[];
  /** The same step stores it, after the schedule. */
  isComing: boolean;
}

/** A job that a schedule makes a dependency. */
export type ScheduledJob = NewStoredJob | PlacedJob;

export function isPlaced(job: ScheduledJob): job is PlacedJob {
  return 'kind' in job;
}

/** The job in the place of one that a put has not stored. */
export interface PutInstead {
  /** Another holder has put the same job there (J12); or another job, which has the key (Q8). */
  id: string;
  queue: string;
  lane: string;
}

/** The answer to adding a callback to a stored job. */
export type CallbackAddition =
  'added' | 'runs' | 'no such job' | 'job elsewhere' | 'stored elsewhere';

/** The answer to a cancel. 'marked': the job's turn has not come, and it ends when it comes. */
export type Cancellation = 'taken' | 'marked' | 'already' | 'has its result' | 'no such job';

/** The answer to a retry of a failed job. */
export type Retrial =
  | 'retried'
  | 'not completed'
  | 'succeeded'
  | 'belongs to one under way'
  | 'key taken'
  | 'no such job';

/**
 * The failure with which a job ends, whatever its task would do: by a user (O1), by its policy or
 * its parent (I3), or by a failed part (C2). Of several the first in this order counts.
 */
export interface Verdict {
  why: 'cancelled' | 'aborted' | 'stopped';
  failure: FailureData;
}

/** The place of a part in a pack (docs/protocol/packs.md). */
export interface PackPlace {
  id: string;
  /** From 1. */
  position: number;
  /** The parts of the pack are the steps of a `serial`. */
  inOrder: boolean;
}

/** A job as a read gives it. */
export interface StoredJob extends NewStoredJob, StatusFacts {
  /** The jobs that were appended to its children, in order (C4). */
  appended?: NewStoredJob[];
  result?: StoredResult;
  dispatcher?: string;
  /** The agent of that dispatcher which claimed it, by name. */
  agent?: string;
  times?: JobTimes;
  relatives?: Relatives;
  interruptions: number;
  /** The number of its runs that have begun. */
  attempts: number;
  /** It is a callback of another job. */
  isCallback?: boolean;
  /** JSON by name. */
  annotations?: Readonly<Record<string, string>>;
  verdict?: Verdict;
  /** The number of cancels that took it. Default: 0. */
  cancellations?: number;
  /** The number of claims before it was let run again, which `claims` leaves out. */
  claimsBefore?: number;
  /** It has scheduled all of its children: its task does not run again. */
  onlyWaits?: boolean;
  /** It is a part of a pack, and is not stored by itself. */
  pack?: PackPlace;
}

/** The effect of a failed part on its composite: 'stop' ends it with that failure (C2). */
export type OnFailure = 'continue' | 'stop';

/**
 * The children of a job, stored with their first chunk. A later run compares its own children with
 * it.
 */
export interface Manifest {
  /** The names of the jobs, in the given order: see `LaneKeys.nameOf`. */
  jobs: string[];
  /** The name of the postprocess. */
  then?: string;
  /** Default: 'continue'. */
  onFailure?: 'stop';
  /** The number of `jobs`, at the end, that were appended before the first schedule. */
  appended?: number;
  /** The number of chunks in which they are scheduled. */
  chunks: number;
}

/** Whether a job has scheduled all of its children. If so, its task does not run again. */
export function hasScheduled(manifest: Manifest | undefined, scheduledChunks: number): boolean {
  return manifest !== undefined && scheduledChunks >= manifest.chunks;
}

/** A claimed job, with all that its dispatcher needs to run it, in one read. */
export interface ClaimedJob extends NewStoredJob {
  /** Every write of the run is fenced by it (I5). */
  token: string;
  /** The number of the claim. */
  fence: number;
  /** When it was due, in ms since 1970 by Redis's clock (D11). */
  dueAt: number;
  /** When the run began after which it has waited for others, in ms since 1970. */
  beganAt?: number | undefined;
  /** The number of the run, from 1 (J11). */
  attempt: number;
  /** The number of interrupts at the claim. A higher one later says that the claim was lost. */
  interruptions: number;
  /** The same of cancels that took the job. */
  cancellations: number;
  policyData: PolicyData;
  /** The number of retries after errors. */
  retries: number;
  /** The number of offers to processes that found it unroutable. */
  unroutableOffers: number;
  /**
   * Milliseconds since 1970 before which a waiting job does not go on, as its policy said after an
   * interrupt. 0: no limit.
   */
  resumeAfter: number;
  /** The children that an earlier run has begun to schedule. */
  manifest?: Manifest;
  /** The number of chunks of the manifest that are stored. */
  scheduledChunks: number;
  /** JSON of the value of its postprocess, where that has ended with one and is its only child. */
  thenValue?: string | undefined;
  /** It has ended before, and was let run again (O3), or its parent was. */
  runsAgain?: boolean;
  /** Of a postprocess: the names of the completed jobs that are its last arguments. */
  joined?: string[];
  verdict?: Verdict;
  /** The jobs that were appended to its children, in order (C4). */
  appended?: NewStoredJob[];
  /** Its failure stops its parent (C2). */
  stops: boolean;
  /** The dispatcher that owned it while it waited. */
  waitingOwner?: string;
  /** It has its result, and its callbacks ran. */
  result?: StoredResult;
  /** Of a callback: the result that is its last argument. */
  given?: StoredResult;
  /** It is a pack: the compact form of jobs of a composite (docs/protocol/packs.md). */
  pack?: ClaimedPack | undefined;
}

/** The jobs of a claimed pack, as if each was claimed by itself. */
export interface ClaimedPack {
  /** They run one after another, and the value of each is stored before the next one begins. */
  inOrder: boolean;
  /** The number of those that have ended before this claim. */
  ended: number;
  /** The jobs of the pack that have not ended, in order. */
  parts: ClaimedJob[];
}

/** The answer to a claim: a job, or when to look again. */
export interface ClaimReply {
  job?: ClaimedJob;
  /**
   * Milliseconds since 1970 at which the next delayed job is due; 0 for none; undefined where the
   * store did not look at the delayed jobs.
   */
  delayUntil?: number | undefined;
  /** The claimed record is damaged, or not Drover's: it cannot be run (B1). */
  damaged?: { id: string; token: string; reason: string } | undefined;
  /** Of an agent with `tasks`: no job yet, and there are more to look at (D9). */
  goesOn?: boolean;
}

/** A job that was removed from its queue. Its handle can put it again with these. */
export interface Removed {
  callbacks: NewJobData[];
  /** The id of the pull; empty where the job was merely removed. */
  pulledBy: string;
}

/** The answer to removing a pending job. 'unknown': it is not stored. */
export type Removal = Removed | 'not pending' | 'unknown';

/** The fields that a decision to run a job again stores. */
export interface RetryRecord {
  policyData: PolicyData;
  /** The number of retries after errors, this one included. Undefined after an interrupt. */
  retries?: number;
}
