// The ends of the jobs that this process has put since it follows the events of their lanes. A wait
// for such a job need not read it first: it knows whether the job has ended since the put.
import type { JobEvent } from './job-event.js';

/** So many puts are known at least. A wait for an earlier one reads the job. */
const MAX_PUTS = 2_500;
/** In characters. A longer result is not kept: a wait that comes later reads the job. */
const MAX_RESULT = 1_000;

interface Put {
  stream: string;
  end: JobEvent | undefined;
}

export class OwnPuts {
  /** By the ids of the jobs. A Map whose oldest entries are deleted one by one becomes slow. */
  #latest = new Map<string, Put>();
  #earlier = new Map<string, Put>();

  /**
   * A job is about to be put. After an attempt that failed it may be stored already: what is known
   * of it stays.
   */
  expect(stream: string, jobId: string): void {
    if (this.#find(jobId)?.stream === stream) return;
    if (this.#latest.size >= MAX_PUTS) {
      this.#earlier = this.#latest;
      this.#latest = new Map();
    }
    this.#latest.set(jobId, { stream, end: undefined });
  }

  has(jobId: string): boolean {
    return this.#find(jobId) !== undefined;
  }

  /** Notes an event of a job that was expected. */
  note(jobId: string, event: JobEvent): void {
    const put = this.#find(jobId);
    if (put?.stream !== event.stream) return;
    const { name, fields } = event;
    const isShort = fields.every((text) => text.length <= MAX_RESULT);
    if (name === 'completed' && isShort) put.end = event;
    // A wait has to read the job.
    else if (name === 'completed' || name === 'failed' || name === 'removed') this.#delete(jobId);
  }

  /**
   * A wait begins, which hears of all later events: the end of its job since this process put it,
   * if it has ended. Undefined where that is not known: the job has to be read.
   */
  take(stream: string, jobId: string): { end: JobEvent | undefined } | undefined {
    const put = this.#find(jobId);
    if (put?.stream !== stream) return undefined;
    this.#delete(jobId);
    return put;
  }

  /** Events may have been missed. */
  forget(): void {
    this.#latest.clear();
    this.#earlier.clear();
  }

  #find(jobId: string): Put | undefined {
    return this.#latest.get(jobId) ?? this.#earlier.get(jobId);
  }

  #delete(jobId: string): void {
    this.#latest.delete(jobId);
    this.#earlier.delete(jobId);
  }
}
