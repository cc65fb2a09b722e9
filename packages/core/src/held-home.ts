// Where a job lives that a run has put and that is not stored yet (J6): what is done to it is done
// to what is going to be stored.
import { BadStatusError } from './errors.js';
import type { JobHome } from './job-home.js';
import type { Job } from './job.js';
import type {
  CallbackAddition,
  Cancellation,
  NewStoredJob,
  OriginPlace,
  Retrial,
  StoredJob,
  Update,
} from './store/store.js';

/** Why nothing can be done with a job that is not stored. */
const WHY_NOT = {
  held: 'is stored when the task that has put it ends (J6): to wait for it, or cancel it, inside, put it with { immediate: true }',
  ended:
    'is being stored, since the task that has put it has ended (J6): await in the task what is done with it',
  dropped: 'was put by a task that failed, was interrupted, or lost its job: it is not stored (J6)',
} as const;

/**
 * Stands in for a job's home until its run has committed; from then on it hands everything on to
 * that.
 */
export class HeldHome implements JobHome {
  /** As the handles show them: a change is seen by both. */
  readonly #jobs = new Map<string, StoredJob>();
  #state: 'held' | 'ended' | 'committed' | 'dropped' = 'held';

  constructor(private readonly home: JobHome) {}

  get queueName(): string {
    return this.home.queueName;
  }

  get isImmediate(): boolean {
    return this.home.isImmediate;
  }

  get maxDataBytes(): number {
    return this.home.maxDataBytes;
  }

  homeIn(queue: string): JobHome {
    return this.home.homeIn(queue);
  }

  get revive(): JobHome['revive'] {
    return this.home.revive;
  }

  /** Holds a job; gives it as its handle shows it. */
  hold(job: NewStoredJob): StoredJob {
    const held: StoredJob = {
      ...job,
      state: 'held',
      claims: 0,
      suspended: false,
      hasResult: false,
      interruptions: 0,
    };
    this.#jobs.set(job.id, held);
    return held;
  }

  /** What is going to be stored of a job; undefined for a part or a callback of one. */
  toStore(id: string): NewStoredJob | undefined {
    return this.#jobs.get(id);
  }

  /** Whether its jobs are neither stored nor dropped. */
  get isHeld(): boolean {
    return this.#state === 'held' || this.#state === 'ended';
  }

  /** Whether its run has ended; then whether its jobs are stored now, or never will be. */
  settle(state: 'ended' | 'committed' | 'dropped'): void {
    this.#state = state;
  }

  async read(...args: Parameters<JobHome['read']>): Promise<StoredJob | undefined> {
    return await this.#require(args[0]).read(...args);
  }

  async annotate(...args: Parameters<JobHome['annotate']>): Promise<void> {
    await this.#require(args[0]).annotate(...args);
  }

  async cancel(...args: Parameters<JobHome['cancel']>): Promise<Cancellation> {
    return await this.#require(args[0]).cancel(...args);
  }

  async retry(...args: Parameters<JobHome['retry']>): Promise<Retrial> {
    return await this.#require(args[0]).retry(...args);
  }

  async waitForResult(...args: Parameters<JobHome['waitForResult']>): Promise<StoredJob> {
    return await this.#require(args[0]).waitForResult(...args);
  }

  async waitFor(...args: Parameters<JobHome['waitFor']>): Promise<StoredJob> {
    return await this.#require(args[0]).waitFor(...args);
  }

  async updateArgs(id: string, lane: string, args: string): Promise<Update> {
    if (this.#state !== 'held') return await this.#require(id).updateArgs(id, lane, args);
    this.#held(id).args = args;
    return 'updated';
  }

  async addCallback(
    id: string,
    lane: string,
    callback: NewStoredJob,
    origins: readonly OriginPlace[],
    token?: string,
  ): Promise<CallbackAddition> {
    if (this.#state !== 'held')
      return await this.#require(id).addCallback(id, lane, callback, origins, token);
    const job = this.#held(id);
    job.callbacks = [...(job.callbacks ?? []), callback];
    return 'added';
  }

  async append(joining: Job, jobs: readonly Job[]): Promise<boolean> {
    if (this.#state === 'held') {
      throw new BadStatusError(
        `${String(joining)} is stored when the task that has put it ends (J6): append before the put`,
      );
    }
    return await this.#require(joining.id).append(joining, jobs);
  }

  #held(id: string): StoredJob {
    const job = this.#jobs.get(id);
    if (!job) {
      throw new BadStatusError(
        `job ${id} is a part or a callback of a job that the task has put: change it before that put`,
      );
    }
    return job;
  }

  #require(id: string): JobHome {
    if (this.#state === 'committed') return this.home;
    throw new BadStatusError(`job ${id} ${WHY_NOT[this.#state]}`);
  }
}
