// The store as dispatchers use it, beside the transitions of single runs: the promise of each call,
// whatever database keeps the jobs. Every call may be repeated. A call throws `DamagedRecord` where
// it meets a record that it cannot use (B1).
import type { FailureData } from '../codec/failure.js';
import type { ClaimedJob } from './records.js';

/** A job in its place. */
export interface LocatedJob {
  queue: string;
  lane: string;
  id: string;
}

/** A started job, and the token of its holder. */
export interface HeldJob extends LocatedJob {
  /** Of a claim, or the id of a system job that decides about the job. Empty: it has no holder. */
  token: string;
  /** The name of its task; empty where the record is no job. */
  task: string;
}

/** A started job as a lane lists it. */
export interface ActiveClaim extends HeldJob {
  /** ms since 1970. */
  claimedAt: number;
  /** It is a pack. An interrupt opens it, and its parts have claims of their own then. */
  isPack: boolean;
}

/** The activations of a dispatcher up to an epoch. */
export interface EndedActivations {
  uuid: string;
  maxEpoch: number;
}

/** How many ended jobs to keep. A composite counts as one job, and is kept with its parts. */
export interface KeepLimits {
  /** ms since the end of a job; Infinity: no limit. */
  age: number;
  /** The number of the newest ones; Infinity: no limit. */
  count: number;
}

/** The completed jobs of a queue to keep, by outcome: neither pushes out the other. */
export interface KeepCompleted {
  succeeded: KeepLimits;
  failed: KeepLimits;
}

/** Ends claims and waits that nothing else would end, and keeps the queues complete. */
export interface RecoveryStore {
  /**
   * The lanes of a queue: the system lane, the main lane, then the others by name. A server may
   * have lost the lanes `own`, which this process serves: they are stored again.
   */
  lanes(queue: string, own: readonly string[]): Promise<string[]>;
  /** The started jobs of a lane, the oldest claim first. */
  claims(queue: string, lane: string): Promise<ActiveClaim[]>;
  /**
   * False: no lock names a holder, or the lock names an interrupt or a cancel that is gone or has
   * ended. Nothing would ever end such a job.
   */
  hasHolder(job: HeldJob): Promise<boolean>;
  /**
   * Interrupts a started job, and puts its `handleInterrupt` job, in one step. Of several callers
   * one does it (I7). A claimed pack is opened: its parts have claims of their own then.
   * @returns the id of the interrupt; undefined where the claim has ended, or was that of a pack
   */
  interrupt(job: HeldJob): Promise<string | undefined>;
  /** Puts a claimed job back, to the head of its lane, unchanged (I1). @throws Refused */
  putBack(job: HeldJob): Promise<void>;
  /** Makes a claimed job a dead letter (B1). @throws Refused */
  deadLetter(job: HeldJob, reason: string): Promise<void>;
  /** The waiting jobs that a dispatcher owns, parents before their children. */
  waitingOf(uuid: string): Promise<LocatedJob[]>;
  /**
   * Interrupts a waiting job whose owner is one of these activations (I2). Of several callers one
   * does it (I7).
   * @returns undefined where the job has another owner, or waits no more
   */
  interruptWaiting(
    job: LocatedJob,
    owner: EndedActivations,
  ): Promise<{ interruptId: string; task: string } | undefined>;
  /**
   * Whether a claim has lost its job, and the failure of the cancel that took it, if one did.
   * Undefined: it still holds the job.
   */
  lossOf(job: LocatedJob, token: string): Promise<{ cancelled?: FailureData } | undefined>;
  /**
   * Makes a process that waits for a job of the lane look again: a dead process may have taken the
   * word of a job, and not the job.
   */
  wake(queue: string, lane: string): Promise<void>;
  /** Frees slots of quotas that no job holds any more, and wakes the jobs that wait for them. */
  sweepQuotas(queue: string): Promise<void>;
  /** Lets jobs begin that wait for a job with their key which another program has removed (Q8). */
  sweepKeys(queue: string): Promise<void>;
  /**
   * Settles dependencies that another program has removed (J5, J12, O6).
   * @param turn the number of the call: each looks at other jobs where many wait
   */
  settleGone(queue: string, lane: string, turn: number): Promise<void>;
  /** Drops what is stored of packs that another program has removed (O6). `turn`: the same. */
  forgetPacks(queue: string, lane: string, turn: number): Promise<void>;
  /**
   * Puts back the jobs of the system lane that another program has removed before their decision
   * was stored (O6).
   */
  restoreSystemJobs(queue: string): Promise<LocatedJob[]>;
  /** Undoes a pause or a limit of the system lane (O6). True: there was one. */
  openSystemLane(queue: string): Promise<boolean>;
  /**
   * Whether this dispatcher trims the queue for the next `lease` ms. It saves work only: two at the
   * same time do no harm.
   */
  mayTrim(queue: string, lease: number): Promise<boolean>;
  /**
   * Removes the completed jobs of these lanes beyond `keep`, the oldest first, with their children
   * (J9).
   * @param mayGoOn is asked between two steps
   * @returns the number of removed jobs, parts included
   */
  trimCompleted(
    queue: string,
    lanes: readonly string[],
    keep: KeepCompleted,
    mayGoOn: () => boolean,
  ): Promise<number>;
}

/** A claimed job that is past its `beginBy`; or when to look again, in ms since 1970, 0: never. */
export type OverdueReply = { job: ClaimedJob } | { lookAgainAt: number };

/** The schedules of a queue, as one dispatcher looks after them (Q10). */
export interface DueSchedules {
  /**
   * Puts the jobs of schedules whose time has come. Of many dispatchers one does so for each time.
   * @returns when to look again, in ms since 1970, 0: never
   */
  put(): Promise<number>;
}

/** One of the lanes has, or will have, a job to claim. */
export interface Marker {
  /** The index of the lane among the given ones. */
  lane: number;
  /** ms since 1970 at which a delayed job is due; 0 for at once. */
  due: number;
}

/** A wait for word of jobs in several lanes, on a connection of its own. */
export interface Markers {
  /**
   * The first word of a job within `timeout` ms, which only this caller gets; undefined: there may
   * be a job in any of the lanes.
   */
  next(timeout: number): Promise<Marker | undefined>;
  /** Ends the connection, and with it the wait under way. */
  end(): Promise<void>;
}
