// The calls with which the producer changes jobs, through a faulty connection. It notes each one
// before it sends it, and once more when it was acknowledged. After an error of Redis's a call is
// repeated.
import type { Composite } from '@drover/composite';
import type { Job, JobUpdate, PutOptions, Queue } from '@drover/core';
import { setTimeout } from 'node:timers/promises';
import type { Random } from '#kit/faults/random';
import type { Change, History, Note } from './history.js';
import { Pending } from './pending.js';
import type { Planned } from './plans.js';
import type { QueueName } from './queues.js';
import { callback, waited } from './tasks.js';

/** So often a call is sent at most. */
const ATTEMPTS = 5;

/** The note of a call that is sent, or was acknowledged. */
type NoteOf = (acknowledged: boolean) => Note;

export class Calls {
  readonly #waiting = new Pending();

  constructor(
    private readonly queues: Record<QueueName, Queue>,
    private readonly history: History,
  ) {}

  /** Resolves when every wait has ended, or after so many ms. */
  async waitsEnd(within: number): Promise<void> {
    await this.#waiting.end(within);
  }

  /** Whether it was acknowledged. A put that was answered with an error is repeated, or not. */
  async put({ job, put, queue = 'work', options }: Planned, random: Random): Promise<boolean> {
    this.history.note({ what: 'put', acknowledged: false, put });
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        const { id, wasThere } = await this.#putOne(queue, job, options);
        this.history.note({
          what: 'put',
          acknowledged: true,
          put,
          ...(wasThere && { instead: id }),
        });
        return true;
      } catch (error) {
        if (put.key !== undefined && isRefusal(error)) {
          this.history.note({ what: 'refused', put });
          return false;
        }
        if (!isTrouble(error)) throw error;
        if (random.chance(0.2)) return false;
      }
    }
    return false;
  }

  /** Jobs that are put by one call. Whether it was acknowledged. */
  async putAll(planned: readonly Planned[]): Promise<boolean> {
    const noteAll = (acknowledged: boolean): void => {
      for (const { put } of planned) this.history.note({ what: 'put', acknowledged, put });
    };
    const jobs = planned.map(({ job }) => job as Job<unknown, []>);
    noteAll(false);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        await this.queues.work.putAll(jobs);
        noteAll(true);
        for (const job of jobs) this.#waitFor(job);
        return true;
      } catch (error) {
        if (!isTrouble(error)) throw error;
      }
    }
    return false;
  }

  async #putOne(queue: QueueName, job: Job, options: PutOptions = {}): Promise<Job> {
    const there = await this.queues[queue].put(job as Job<unknown, []>, options);
    this.#waitFor(there);
    return there;
  }

  /** Changes a job that is pending. It is refused where that has begun. */
  async update({ job }: Planned, change: Change, update: JobUpdate): Promise<void> {
    await this.#repeat(
      (acknowledged) => ({ what: 'updated', job: job.id, change, acknowledged }),
      () => job.update(update),
    );
  }

  /** Retries or cancels all jobs with this text among their arguments, once. */
  async changeAll(
    how: 'retry' | 'cancel',
    planned: readonly Planned[],
    text: string,
  ): Promise<void> {
    const jobs = planned.map(({ put }) => put.id);
    this.history.note({ what: 'changed all', how, jobs });
    try {
      const queue = this.queues.work;
      const { done } = await (how === 'retry'
        ? queue.retryAll({ status: 'failed', text })
        : queue.cancelAll({ text }));
      this.history.note({ what: 'changed all', how, jobs, done });
    } catch (error) {
      if (!isTrouble(error)) throw error;
    }
  }

  /** Looks how far a composite is, where that is told. */
  async progress({ job }: Planned, after: number): Promise<void> {
    await setTimeout(after);
    try {
      const counts = await (job as Composite).progress();
      this.history.note({ what: 'progress', of: job.id, counts });
    } catch (error) {
      if (!isTrouble(error) && !isRefusal(error)) throw error;
    }
  }

  async remove({ job, queue = 'work' }: Planned, after: number): Promise<void> {
    await setTimeout(after);
    // By its id: a handle that is given would be new again (Q1). Where it is refused, the job runs;
    // or it was removed, and word of that was lost.
    await this.#repeat(
      (acknowledged) => ({ what: 'removed', job: job.id, acknowledged }),
      () => this.queues[queue].remove(job.id),
    );
  }

  async addCallback({ job }: Planned, name: string, after: number): Promise<void> {
    await setTimeout(after);
    const added = callback.job(name);
    // Where it is refused, Redis has lost the job: it came back with an older state.
    await this.#repeat(
      (acknowledged) => ({ what: 'added callback', of: job.id, callback: added.id, acknowledged }),
      () => job.addCallback(added),
    );
  }

  /** A part more, before the composite starts: then it is refused. */
  async append({ job, put: { id: to } }: Planned, more: Planned): Promise<void> {
    // Where it is refused, it has started; or it was appended, and word of it was lost.
    await this.#repeat(
      (acknowledged) => ({ what: 'appended', to, part: more.put, acknowledged }),
      () => (job as Composite).append(more.job),
    );
  }

  async cancel({ job }: Planned, after: number): Promise<void> {
    await setTimeout(after);
    // Where it is refused, the job has ended.
    await this.#repeat(
      (acknowledged) => ({ what: 'cancelled', job: job.id, acknowledged }),
      () => job.cancel('as the seed says'),
    );
  }

  /** Retries a job once. It is refused where the job has not ended yet, or has not failed. */
  async retry({ job }: Planned): Promise<void> {
    await this.#repeat(
      (acknowledged) => ({ what: 'retried', job: job.id, acknowledged }),
      () => job.retry(),
      1,
    );
  }

  /** Of a job that was put: when its wait has ended, and of each part of a composite. */
  #waitFor(job: Job): void {
    this.history.note({ what: 'waits', job: job.id });
    const waiting = waited(job).then((end) =>
      this.history.note({ what: 'waited', job: job.id, with: end }),
    );
    this.#waiting.add(`waiting for ${job.id}`, waiting);
    for (const part of 'jobs' in job ? (job as Composite).jobs : []) this.#waitFor(part);
  }

  /** Sends a call until it is acknowledged, or refused because of the status of its job. */
  async #repeat(note: NoteOf, send: () => Promise<unknown>, attempts = ATTEMPTS): Promise<void> {
    this.history.note(note(false));
    for (let attempt = 0; attempt < attempts; attempt++) {
      try {
        await send();
        return this.history.note(note(true));
      } catch (error) {
        if (isRefusal(error)) return;
        if (!isTrouble(error)) throw error;
      }
    }
  }
}

/** The job has begun or ended, or another one has its key. */
function isRefusal(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'DROVER_BAD_STATUS';
}

/** An error of Redis's, or of the way to it: the same can be tried again. */
export function isTrouble(error: unknown): boolean {
  const code = String((error as { code?: unknown }).code ?? '');
  return code === 'DROVER_UNAVAILABLE' || !code.startsWith('DROVER_');
}
