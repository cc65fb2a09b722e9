// The gateway of a job: what its handle calls to read and to change it.
import type { StoredInside } from '../codec/stored-jobs.js';
import type { Failure } from '../codec/failure.js';
import type { StoredJobOptions } from '../model/job-options.js';
import type {
  CallbackAddition,
  Cancellation,
  NewStoredJob,
  OriginLocation,
  Retrial,
  StoredJob,
  Update,
} from '../model/records.js';

/** A handle, as far as a gateway knows it. */
export interface HandleRef {
  readonly id: string;
  readonly task: string;
}

/** What the handle of a put job needs of its queue. */
export interface JobGateway {
  readonly queueName: string;
  /** What is done through it belongs to no run (J6). */
  readonly isImmediate: boolean;
  /** How many bytes the arguments or the result of one of its jobs may take. */
  readonly maxDataBytes: number;
  read(id: string, lane: string): Promise<StoredJob | undefined>;
  annotate(id: string, lane: string, name: string, json: string): Promise<void>;
  /**
   * Resolves when the job has completed. Redis tells of it.
   * @param origins the jobs that may store it still, nearest first; none: where it is not there, it
   *   was removed
   */
  waitForResult(
    id: string,
    lane: string,
    timeout: number | undefined,
    origins: readonly OriginLocation[],
  ): Promise<StoredJob>;
  /** Changes the arguments, JSON, of a job that was never claimed. */
  updateArgs(id: string, lane: string, args: string): Promise<Update>;
  /**
   * Resolves with the job when `condition` holds. It looks when the job's events say that something
   * changed.
   */
  waitFor(
    id: string,
    lane: string,
    condition: (job: StoredJob) => boolean,
    timeout: number | undefined,
    origins: readonly OriginLocation[],
  ): Promise<StoredJob>;
  /** Makes a handle of a job inside a value; `around`: of a job in whose arguments it stands. */
  revive(this: void, stored: StoredInside, around?: HandleRef): unknown;
  /** Adds jobs to those that a job waits for (append.ts). False: that is not stored in its lane. */
  append(joining: HandleRef, jobs: readonly HandleRef[]): Promise<boolean>;
  /**
   * Adds a callback to a job that is stored, or that one of `origins` may store still. `token`: of
   * the job's own run, where that adds it.
   */
  addCallback(
    id: string,
    lane: string,
    callback: NewStoredJob,
    origins: readonly OriginLocation[],
    token?: string,
  ): Promise<CallbackAddition>;
  /** Cancels a stored job, and all that is below it. */
  cancel(id: string, task: string, lane: string, failure: Failure): Promise<Cancellation>;
  /** Lets a failed job run again, with what failed below it. */
  retry(id: string, lane: string, options: StoredJobOptions): Promise<Retrial>;
  /** The gateway of jobs in another queue under the same prefix. */
  gatewayFor(queue: string): JobGateway;
}
