// What a handle shows of its job: the state that was read last, and how it is brought up to date.
import type { Failure } from '../codec/failure.js';
import { JobStatus, statusOf } from '../model/job-state.js';
import { annotationsOf } from './annotations.js';
import { Handle } from './handle.js';
import { originsOf, requirePlace, storedOf } from './handle-data.js';
import { applyStored } from './handle-places.js';
import { timeoutOf, type WaitOptions } from './job-calls.js';
import { readResult, valueOrThrow } from '../model/result.js';

/** The part of a job's handle that reads. */
export class JobFacts<R = unknown> extends Handle {
  /** Its status when it was last read (J2): `refresh` and `wait` bring it up to date. */
  get status(): JobStatus {
    const stored = storedOf(this);
    return stored ? statusOf(stored) : JobStatus.NEW;
  }

  /**
   * Its value, or a Failure, or undefined while there is neither. It never changes once set (J3),
   * unless `retry` lets the job run again.
   */
  get result(): R | Failure | undefined {
    const result = storedOf(this)?.result;
    return result && (readResult(result, requirePlace(this).gateway.revive) as R | Failure);
  }

  /** The UUID of the dispatcher that runs it, or ran it last. */
  get dispatcher(): string | undefined {
    return storedOf(this)?.dispatcher;
  }

  /** How often it was interrupted while it ran (I4). */
  get interruptions(): number {
    return storedOf(this)?.interruptions ?? 0;
  }

  /**
   * What was written down on it, by name, when it was last read: `refresh` brings them up to date.
   */
  get annotations(): Readonly<Record<string, unknown>> {
    const stored = storedOf(this);
    return stored ? annotationsOf(stored, requirePlace(this).gateway.revive) : {};
  }

  /**
   * Waits until the job has completed. Redis tells of the end at once. A job that is not stored is
   * waited for as long as it may come (J12): until the job that was to store it, such as its
   * composite, has ended or is removed.
   * @returns its value
   * @throws its failure as an Error; TimeoutError after `timeout` ms; BadStatusError, which says
   *   why, if it was not put, is removed, or will never come.
   */
  async wait(options: WaitOptions = {}): Promise<R> {
    const timeout = timeoutOf(options);
    if (this.status !== JobStatus.COMPLETED) {
      const { gateway, lane, origin } = requirePlace(this);
      applyStored(this, await gateway.waitForResult(this.id, lane, timeout, originsOf(origin)));
    }
    return valueOrThrow(this.result) as R;
  }

  /** Brings status, result, dispatcher and interruptions up to date, and gives the job itself. */
  async refresh(): Promise<this> {
    const { gateway, lane } = requirePlace(this);
    const stored = await gateway.read(this.id, lane);
    if (stored) applyStored(this, stored);
    return this;
  }
}
