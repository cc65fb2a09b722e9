// The gateway of a job: the interface through which a handle reads and changes it.
import type { StoredInside } from '../codec/stored-jobs.js';
import type { Failure } from '../codec/failure.js';
import type { Progress } from '../model/counts.js';
import type { Parts, PartStates } from '../model/reports/parts.js';
import type { Explanation } from '../model/explanation.js';
import type { JobOptions, StoredJobOptions } from '../model/job-options.js';
import type { StoredUpdate, Update } from '../model/job-update.js';
import type {
  CallbackAddition,
  Cancellation,
  NewStoredJob,
  OriginLocation,
  Retrial,
  StoredJob,
} from '../model/records.js';

/** A handle, as far as a gateway knows it. */
export interface HandleRef {
  readonly id: string;
  readonly task: string;
}

/** The calls of a handle on its queue. */
export interface JobGateway {
  readonly queueName: string;
  /** Calls through this gateway belong to no run (J6). */
  readonly isImmediate: boolean;
  /** The maximum size of arguments and of a result, in bytes. */
  readonly maxDataBytes: number;
  read(id: string, lane: string): Promise<StoredJob | undefined>;
  annotate(id: string, lane: string, name: string, json: string): Promise<void>;
  /**
   * Resolves when the job has completed; Redis announces the end.
   * @param origins the jobs that may still store it, nearest first; without any, a job that is not
   *   stored was removed
   * @param known the job as the handle shows it
   */
  waitForResult(
    id: string,
    lane: string,
    timeout: number | undefined,
    origins: readonly OriginLocation[],
    known?: StoredJob,
  ): Promise<StoredJob>;
  /** Checks new options of a stored job, and makes their stored form. */
  toStoredChange(options: JobOptions): Promise<StoredJobOptions>;
  /**
   * Changes a job that is pending, or whose turn has not come (Q12).
   * @param known its options, as the handle shows them
   */
  update(id: string, lane: string, change: StoredUpdate, known: StoredJobOptions): Promise<Update>;
  /** Resolves with the job when `condition` is true. It reads the job after each of its events. */
  waitFor(
    id: string,
    lane: string,
    condition: (job: StoredJob) => boolean,
    timeout: number | undefined,
    origins: readonly OriginLocation[],
  ): Promise<StoredJob>;
  /** Says why a job is not done (O4). `isOver`: the call gives up when this is true. */
  explain(
    job: HandleRef,
    lane: string,
    origins: readonly OriginLocation[],
    isOver?: () => boolean,
  ): Promise<Explanation>;
  /** Makes a handle of a job inside a value. `around`: the job whose arguments these are. */
  revive(this: void, stored: StoredInside, around?: HandleRef): unknown;
  /** Counts the jobs that a job waits for; undefined where it has not scheduled any. */
  progress(id: string, lane: string): Promise<Progress | undefined>;
  /** The same, with up to `most` of these jobs. */
  parts(id: string, lane: string, most: number): Promise<Parts | undefined>;
  /** Up to `most` of these jobs, from position `start` on, and what they do. */
  partStates(
    id: string,
    lane: string,
    start: number,
    most: number,
  ): Promise<PartStates | undefined>;
  /** Appends jobs to a waiting job (C4). False: that job is not stored in its lane. */
  append(joining: HandleRef, jobs: readonly HandleRef[]): Promise<boolean>;
  /**
   * Adds a callback to a job that is stored, or that one of `origins` may still store. `token`:
   * that of the run, where a task adds to its own job.
   */
  addCallback(
    id: string,
    lane: string,
    callback: NewStoredJob,
    origins: readonly OriginLocation[],
    token?: string,
  ): Promise<CallbackAddition>;
  /** Cancels a stored job and its descendants. */
  cancel(id: string, task: string, lane: string, failure: Failure): Promise<Cancellation>;
  /** Lets a failed job run again, with its failed descendants. */
  retry(id: string, lane: string, options: StoredJobOptions): Promise<Retrial>;
  /** The gateway of jobs in another queue under the same prefix. */
  gatewayFor(queue: string): JobGateway;
}
