// The jobs that a run has put: they are part of its job, and stored when the run commits, together with its result (J6).
import { BadStatusError, InvalidArgumentError } from './errors.js';
import { HeldHome } from './held-home.js';
import type { JobHome } from './job-home.js';
import { attachJob, detachJob, type Job } from './job.js';
import { asPut } from './put-job.js';
import type { LocalContext } from './run-context.js';
import type { NewStoredJob } from './store/store.js';

/** What a run has put, for whoever commits it. */
export interface CommittablePuts {
  /** What is to be stored, in the order in which it was put. */
  readonly stored: readonly { queue: string; job: NewStoredJob; appendTo?: string | undefined }[];
  /** They are stored. */
  committed(now: number): void;
  /** The run did not commit. Means nothing once they are stored. */
  dropped(): void;
}

interface Put {
  handle: Job;
  home: JobHome;
  held: HeldHome;
  /** The key of the job that is to wait for it too (C4). */
  appendTo: string | undefined;
}

export class RunPuts implements CommittablePuts {
  readonly #puts: Put[] = [];
  readonly #homes = new Map<JobHome, HeldHome>();
  readonly #appendsTo = new Set<string>();
  #isSettled = false;

  /** Holds a new job until the run commits. Its handle is new until then, and cannot be put again. */
  add(handle: Job, home: JobHome, job: NewStoredJob, appendTo?: string): void {
    const held = this.#homes.get(home) ?? new HeldHome(home);
    this.#homes.set(home, held);
    attachJob(handle, held, held.hold(job));
    this.#puts.push({ handle, home, held, appendTo });
    if (appendTo !== undefined) this.#appendsTo.add(appendTo);
  }

  /** Whether it has appended to the job with that key. */
  appendsTo(key: string): boolean {
    return this.#appendsTo.has(key);
  }

  get stored(): { queue: string; job: NewStoredJob; appendTo: string | undefined }[] {
    return this.#puts.map(({ handle, held, appendTo }) => ({
      queue: held.queueName,
      job: held.toStore(handle.id),
      appendTo,
    }));
  }

  committed(now: number): void {
    this.#settle('committed', ({ handle, home, held, appendTo }) => {
      // What was appended may have to wait for others first: that is read.
      attachJob(handle, home, appendTo === undefined ? asPut(held.toStore(handle.id), now) : undefined);
    });
  }

  /** Their handles can be put again. */
  dropped(): void {
    this.#settle('dropped', ({ handle, held }) => detachJob(handle, held));
  }

  #settle(state: 'committed' | 'dropped', each: (put: Put) => void): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    for (const held of this.#homes.values()) held.settle(state);
    this.#puts.forEach(each);
  }
}

/**
 * @param isBeside whether what is put into `queue` can be stored together with the run's result
 * @throws BadStatusError, InvalidArgumentError where it cannot be part of the run
 */
export function checkPutInRun(run: LocalContext, queue: string, isBeside: boolean): void {
  if (run.hasEnded) {
    throw new BadStatusError(
      `${String(run.job)} has ended: what its task puts now would be lost. Await it in the task, or put it with { immediate: true }`,
    );
  }
  if (!isBeside) {
    throw new InvalidArgumentError(
      `the queue ${queue} has another prefix, or another connection, than ${run.queue.name}, where the job runs that puts into ` +
        'it: both cannot be stored together (J6). Put with { immediate: true }',
    );
  }
}
