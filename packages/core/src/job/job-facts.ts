// The facts that a handle shows of its job, as they were last read, and the calls that read them.
import type { Failure } from '../codec/failure.js';
import type { JobTimes } from '../model/facts.js';
import { JobStatus, statusOf } from '../model/job-state.js';
import { shownMeta, traceparentIn, type JobMeta } from '../model/meta.js';
import { annotationsOf } from './annotations.js';
import { Handle } from './handle.js';
import { handleData, originsOf, requirePlace, storedOf } from './handle-data.js';
import { applyStored } from './handle-places.js';
import { readResult, valueOrThrow } from '../model/result.js';
import { timeoutOf, type WaitOptions } from '../model/wait-options.js';

const NO_TIMES: JobTimes = Object.freeze({});

/** The part of a handle that reads the job. */
export class JobFacts<R = unknown> extends Handle {
  /** The status when it was last read (J2). `refresh` and `wait` read it again. */
  get status(): JobStatus {
    const stored = storedOf(this);
    return stored ? statusOf(stored) : JobStatus.NEW;
  }

  /**
   * The value or the Failure; undefined before the job has either. A result never changes (J3),
   * unless `retry` lets the job run again.
   */
  get result(): R | Failure | undefined {
    const result = storedOf(this)?.result;
    return result && (readResult(result, requirePlace(this).gateway.revive) as R | Failure);
  }

  /** The UUID of the dispatcher that runs the job, or ran it last. */
  get dispatcher(): string | undefined {
    return storedOf(this)?.dispatcher;
  }

  /**
   * The name of the agent that runs the job, or ran it last. Undefined where a dispatcher has taken
   * over a job that waits, and for recovery's own jobs. A task's own handle knows it after
   * `refresh`.
   */
  get agent(): string | undefined {
    return storedOf(this)?.agent;
  }

  /**
   * When the job was put, was or will be due, began its last run, and ended: ms since 1970, by
   * Redis's clock. A time that has not come is missing. They are known after `get`, `jobs` and
   * `refresh`; a handle that was put, or has waited, knows them after `refresh`. Parts in one pack
   * have the times of the pack.
   */
  get times(): JobTimes {
    return storedOf(this)?.times ?? NO_TIMES;
  }

  /**
   * Whether the put that gave this handle has stored no job, since this one had its key (Q8). False
   * for every other handle.
   */
  get wasThere(): boolean {
    return this[handleData].wasThere;
  }

  /** The number of interrupts so far (I4). */
  get interruptions(): number {
    return storedOf(this)?.interruptions ?? 0;
  }

  /**
   * The number of its runs that have begun, when it was last read: 0 before the first one (J11).
   * The runs before `retry` count too. A job that waits for others, such as a composite, has
   * begun once, however often its dispatcher was interrupted meanwhile.
   */
  get attempts(): number {
    return storedOf(this)?.attempts ?? 0;
  }

  /**
   * Its own `meta`, or that of the job that it belongs to, when it was last read (J11); without
   * any an empty object. Before a read, a handle of a part or a callback knows its own alone.
   */
  get meta(): JobMeta {
    return shownMeta(this.options.meta);
  }

  /**
   * The trace context of its put, or of that of the job that it belongs to, when it was last read:
   * a `traceparent` of W3C Trace Context. Undefined where the put was not traced.
   */
  get traceparent(): string | undefined {
    return traceparentIn(this.options.meta);
  }

  /**
   * The name of the schedule that has put the job, and the time for which it did so, in ms since
   * 1970 (Q10). Undefined for any other job.
   */
  get schedule(): { readonly name: string; readonly time: number } | undefined {
    return this.options.schedule;
  }

  /** The annotations by name, when they were last read. `refresh` reads them again. */
  get annotations(): Readonly<Record<string, unknown>> {
    const stored = storedOf(this);
    return stored ? annotationsOf(stored, requirePlace(this).gateway.revive) : {};
  }

  /**
   * Waits until the job has completed; Redis announces the end. A job that is not stored yet is
   * waited for while it may still be stored (J12): until its origin, such as its composite, has
   * ended or is removed.
   * @returns the value
   * @throws the failure as an Error; TimeoutError after `timeout` ms, which says why the job is
   *   not done, as `queue.explain` does (O4), and may come half a second later for that;
   *   BadStatusError, which says why, where the job was not put, is removed, or can never come
   */
  async wait(options: WaitOptions = {}): Promise<R> {
    const timeout = timeoutOf(options);
    if (this.status !== JobStatus.COMPLETED) {
      const { gateway, lane, origin } = requirePlace(this);
      const origins = originsOf(origin);
      const known = storedOf(this);
      applyStored(this, await gateway.waitForResult(this.id, lane, timeout, origins, known));
    }
    return valueOrThrow(this.result) as R;
  }

  /** Reads the job again and returns its handle. */
  async refresh(): Promise<this> {
    const { gateway, lane } = requirePlace(this);
    const stored = await gateway.read(this.id, lane);
    if (stored) applyStored(this, stored);
    return this;
  }
}
