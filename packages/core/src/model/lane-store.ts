// One lane of a queue as dispatchers use it: a claim, what a run reads and writes, and each way in
// which a claim can end. Each write is one step, fenced by the token of the holder (I5). A write
// throws `Refused` where the job has another holder, and `DamagedRecord` where it meets a record
// that it cannot use (B1).
import type { Failure, FailureData } from '../codec/failure.js';
import type { RedisClock } from '../redis/clock.js';
import type { ClaimedJob, ClaimReply, OnFailure, ScheduledJob, StoredJob } from './records.js';
import type { NewStoredJob } from './records.js';
import type { PolicyData } from './retry/policy.js';
import type { RefusalReason } from './store-errors.js';
import type { LocatedJob } from './stores.js';

/** A job, and the token of its holder: a run, an interrupt or a cancel. */
export type Held = Pick<ClaimedJob, 'id' | 'token'>;

/** The activation that owns a waiting job. */
export interface Owner {
  uuid: string;
  epoch: number;
}

/** A job that a run has put, with the name of its queue. */
export interface RunPut {
  queue: string;
  job: NewStoredJob;
  /** The key of the composite to which it is appended (C4). */
  appendTo?: string | undefined;
}

/** The jobs that a job is going to wait for. */
export interface Schedule {
  jobs: readonly ScheduledJob[];
  /** Each starts when the one before it has ended. */
  inOrder: boolean;
  /** The postprocess. */
  then: ScheduledJob | undefined;
  /** Default: 'continue'. */
  onFailure?: OnFailure;
  /** The number of `jobs`, at the end, that were appended (C4). */
  appended?: number;
  /** Whether parts are packed (C5). Default: where there are many. */
  packed?: boolean | undefined;
  /** The puts of the run, which are stored together with the last chunk (J6). */
  puts?: readonly RunPut[] | undefined;
}

/** Why a job is unroutable. */
export interface Unroutable {
  /** Such as `task:images.resize`. */
  needs: string;
  reason: string;
}

/**
 * Why a job abandons its children. `aborted`: it ends with this failure. 'fail-fast': a part has
 * failed, and children that have scheduled jobs go on (C2). 'reset': it schedules others, or none.
 */
export type Abandonment = { aborted: FailureData } | 'fail-fast' | 'reset';

/** The jobs that a slot ends, gives back and claims in one step (docs/protocol/hands.md). */
export interface Hand {
  /** Jobs that end with the JSON of their values; a pack with those that are not stored yet. */
  ended: readonly (Held & { value: string | readonly string[] })[];
  /** Jobs that have not begun: they go back to the head of the lane, in this order (I1). */
  back: readonly Held[];
  /**
   * As many jobs are claimed as there are tokens, where the lane has as many; none for an agent
   * with `tasks`, whose next claim looks for them.
   */
  tokens: readonly string[];
  /** Claims packs of a `parallel` as they are, and does not open them first. Default: false. */
  takesPacks?: boolean;
}

export interface HandReply {
  /** For each of `ended`. 'by itself': nothing was done, and `complete` has to end it. */
  ends: ('stored' | 'by itself' | { refused: RefusalReason })[];
  claimed: ClaimReply[];
  /** Another claim may find a job. */
  areLeft: boolean;
}

export interface FailOptions {
  /** The failure stops no composite: the cancel of this job ends those too. Default: false. */
  stopsNone?: boolean;
  /** The claim ends without a run: it is no try of the job (J11). Default: false. */
  isUnrun?: boolean;
}

export interface LaneStore {
  readonly queue: string;
  readonly lane: string;
  /** The clock of the database, as this process has measured it. */
  readonly clock: RedisClock;

  /**
   * Claims the next due job under `token`; of an agent with `tasks` the next one of these (D9).
   * @param mayHaveDue whether to look for delayed jobs that are due, where no other is pending
   * @param takesPacks as in `Hand`. Default: false
   */
  claim(token: string, mayHaveDue?: boolean, takesPacks?: boolean): Promise<ClaimReply>;
  /**
   * Claims a job that was unroutable in other processes (B1).
   * @param isKnown whether this process has what a job needs, such as `task:images.resize`
   */
  claimUnroutable(token: string, isKnown: (needs: string) => boolean): Promise<ClaimReply>;
  /** Ends, gives back and claims jobs. A job that is refused changes nothing for the others. */
  hand(hand: Hand): Promise<HandReply>;
  /**
   * Stores the value of a step of a claimed pack.
   * @param position of the step, from 1
   * @returns whether the next step may begin: not while the lane is paused (O2)
   */
  recordStep(pack: Held, position: number, value: string): Promise<boolean>;
  /**
   * Takes a slot of each quota of a claimed job (Q5), and where its task `starts` a start of each
   * of its rate limits (Q9). 'parked': the claim has ended, and the job waits for these. `unknown`:
   * the name of a quota that does not exist, or `rate:` and that of a rate limit.
   * @param onOpening gets the ms until a rate limit opens that has waiting jobs, where this call
   *   has found that out: the caller is to look then
   */
  takeSlots(
    claim: Held,
    starts?: boolean,
    onOpening?: (ms: number) => void,
  ): Promise<'taken' | 'parked' | { unknown: string }>;

  /**
   * Ends a job with the JSON of its value. Where it has callbacks, stores the value instead, and
   * lets them run (J7): `owner` owns the job meanwhile. Refused as 'dependency pending' where a
   * dependency has not ended.
   * @param puts the puts of its run, which are stored in the same step (J6)
   */
  complete(claim: Held, value: string, owner: Owner, puts?: readonly RunPut[]): Promise<void>;
  /** Ends a job as failed, as `complete` does. */
  fail(claim: Held, failure: Failure, owner: Owner, options?: FailOptions): Promise<void>;
  /**
   * Closes the rate limits of a claimed job for so many ms, at least, and puts the job back to the
   * head of its lane, without its slots (Q9).
   */
  closeLimits(claim: Held, ms: number): Promise<void>;
  /**
   * Lets a job run again: at the head of the lane, or when `delay` ms have passed.
   * @param retries the number of retries after errors; undefined after an interrupt
   */
  retry(
    claim: Held,
    delay: number,
    record: { policyData: PolicyData; retries?: number },
  ): Promise<void>;
  /** Gives back a claim that was not started: to the head of the lane, unchanged (I1). */
  putBack(claim: Held): Promise<void>;
  /**
   * Gives back a claim for `delay` ms.
   * @param unknown why the job is unroutable here (B1); undefined: it is not due
   */
  postpone(claim: Held, why: { delay: number; unknown?: Unroutable | undefined }): Promise<void>;
  /** Makes a claimed job that cannot be run a dead letter (B1). */
  deadLetter(claim: Held, reason: string): Promise<void>;

  /**
   * Stores the children of a claimed job, as far as they are not stored yet. Refused as 'of another
   * parent', 'waits for it' or 'still ending' where the job cannot wait for one of the jobs.
   */
  schedule(claim: ClaimedJob, schedule: Schedule, now: number): Promise<void>;
  /**
   * Ends the claim of a job that waits for its dependencies; `owner` owns it meanwhile. Where all
   * of them have ended already, it runs again.
   * @param lookAgain ms after which it runs again then. Default: 0, at once
   */
  suspend(claim: Held, owner: Owner, lookAgain?: number): Promise<void>;
  /**
   * Lets an interrupted job go on waiting, under this owner. `decided`: by its policy; the job does
   * not go on before `delay` ms have passed.
   */
  waitOn(
    interrupt: Held,
    owner: Owner,
    decided?: { policyData: PolicyData; delay: number },
  ): Promise<void>;
  /** Abandons the children of a job at any depth. It can be repeated after a crash. */
  abandonChildren(job: Held, why: Abandonment): Promise<void>;
  /**
   * Takes the children, at any depth, of a job that a cancel holds, for the same cancel (O1).
   * @returns the jobs that the cancel holds, level by level, with the job itself as the first level
   */
  takeCancelled(job: Held, failure: FailureData): Promise<LocatedJob[][]>;

  /** Sets an annotation of a job for its run, and tells the processes that wait for it. */
  annotate(claim: Held, name: string, json: string): Promise<void>;
  /** The result of `local.once` under its key; undefined where there is none yet (O5). */
  readOnce(claim: Held, key: string): Promise<string | undefined>;
  /** Stores a result of `local.once`, with the puts of its function. One that is there stays. */
  writeOnce(claim: Held, key: string, json: string, puts: readonly RunPut[]): Promise<void>;

  read(id: string): Promise<StoredJob | undefined>;
  /**
   * The dependencies of a job of this lane, by their names: with their results alone, or with all
   * that their handles show.
   */
  readJoined(
    names: readonly string[],
    what: 'results' | 'handles',
  ): Promise<(StoredJob | undefined)[]>;
  /** Whether one of these jobs, by name, is among the dependencies of a job. */
  waitsFor(id: string, names: readonly string[]): Promise<boolean>;
  /** By when a job must have begun (Q2), in ms since 1970; undefined: there is no limit. */
  beginDeadline(id: string): Promise<number | undefined>;
  /** The token that holds a job now. */
  holder(id: string): Promise<string | undefined>;
  /** The owner of a waiting job: `<uuid>:<epoch>`, or the id of an interrupt. */
  waitingOwner(id: string): Promise<string | undefined>;
  /** The number of chunks of a job's children that are stored. */
  scheduledChunks(id: string): Promise<number>;
  /** The data that the retry policy keeps on a job. */
  policyData(id: string): Promise<PolicyData>;

  /** The name of a job among the dependencies of the jobs of this lane. */
  nameOf(job: { id: string; lane: string }): string;
  /** The job with such a name. */
  named(name: string): LocatedJob;
}
