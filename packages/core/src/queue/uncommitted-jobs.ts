// Where a job lives that a run has put and that is not stored yet (J6): what is done to it is done
// to what is going to be stored.
import { BadStatusError } from '../errors.js';
import type { JobGateway } from '../job/job-gateway.js';
import type { Job } from '../job/job.js';
import type {
  CallbackAddition,
  Cancellation,
  NewStoredJob,
  OriginLocation,
  Retrial,
  StoredJob,
  Update,
} from '../model/records.js';

/** Why nothing can be done with a job that is not stored. */
const WHY_NOT = {
  open: 'is stored when the task that has put it ends (J6): to wait for it, or cancel it, inside, put it with { immediate: true }',
  ended:
    'is being stored, since the task that has put it has ended (J6): await in the task what is done with it',
  dropped: 'was put by a task that failed, was interrupted, or lost its job: it is not stored (J6)',
} as const;

/**
 * Stands in for a job's gateway until its run has committed; from then on it hands everything on to
 * that.
 */
export class UncommittedJobs implements JobGateway {
  /** As the handles show them: a change is seen by both. */
  readonly #jobs = new Map<string, StoredJob>();
  #state: 'open' | 'ended' | 'committed' | 'dropped' = 'open';

  constructor(private readonly gateway: JobGateway) {}

  get queueName(): string {
    return this.gateway.queueName;
  }

  get isImmediate(): boolean {
    return this.gateway.isImmediate;
  }

  get maxDataBytes(): number {
    return this.gateway.maxDataBytes;
  }

  gatewayFor(queue: string): JobGateway {
    return this.gateway.gatewayFor(queue);
  }

  get revive(): JobGateway['revive'] {
    return this.gateway.revive;
  }

  /** Holds a job; gives it as its handle shows it. */
  add(job: NewStoredJob): StoredJob {
    const shown: StoredJob = {
      ...job,
      state: 'deferred',
      claims: 0,
      suspended: false,
      hasResult: false,
      interruptions: 0,
    };
    this.#jobs.set(job.id, shown);
    return shown;
  }

  /** What is going to be stored of a job; undefined for a part or a callback of one. */
  toStore(id: string): NewStoredJob | undefined {
    return this.#jobs.get(id);
  }

  /** Whether its jobs are neither stored nor dropped. */
  get isOpen(): boolean {
    return this.#state === 'open' || this.#state === 'ended';
  }

  /** Whether its run has ended; then whether its jobs are stored now, or never will be. */
  settle(state: 'ended' | 'committed' | 'dropped'): void {
    this.#state = state;
  }

  async read(...args: Parameters<JobGateway['read']>): Promise<StoredJob | undefined> {
    return await this.#require(args[0]).read(...args);
  }

  async annotate(...args: Parameters<JobGateway['annotate']>): Promise<void> {
    await this.#require(args[0]).annotate(...args);
  }

  async cancel(...args: Parameters<JobGateway['cancel']>): Promise<Cancellation> {
    return await this.#require(args[0]).cancel(...args);
  }

  async retry(...args: Parameters<JobGateway['retry']>): Promise<Retrial> {
    return await this.#require(args[0]).retry(...args);
  }

  async waitForResult(...args: Parameters<JobGateway['waitForResult']>): Promise<StoredJob> {
    return await this.#require(args[0]).waitForResult(...args);
  }

  async waitFor(...args: Parameters<JobGateway['waitFor']>): Promise<StoredJob> {
    return await this.#require(args[0]).waitFor(...args);
  }

  async updateArgs(id: string, lane: string, args: string): Promise<Update> {
    if (this.#state !== 'open') return await this.#require(id).updateArgs(id, lane, args);
    this.#uncommitted(id).args = args;
    return 'updated';
  }

  async addCallback(
    id: string,
    lane: string,
    callback: NewStoredJob,
    origins: readonly OriginLocation[],
    token?: string,
  ): Promise<CallbackAddition> {
    if (this.#state !== 'open')
      return await this.#require(id).addCallback(id, lane, callback, origins, token);
    const job = this.#uncommitted(id);
    job.callbacks = [...(job.callbacks ?? []), callback];
    return 'added';
  }

  async append(joining: Job, jobs: readonly Job[]): Promise<boolean> {
    if (this.#state === 'open') {
      throw new BadStatusError(
        `${String(joining)} is stored when the task that has put it ends (J6): append before the put`,
      );
    }
    return await this.#require(joining.id).append(joining, jobs);
  }

  #uncommitted(id: string): StoredJob {
    const job = this.#jobs.get(id);
    if (!job) {
      throw new BadStatusError(
        `job ${id} is a part or a callback of a job that the task has put: change it before that put`,
      );
    }
    return job;
  }

  #require(id: string): JobGateway {
    if (this.#state === 'committed') return this.gateway;
    throw new BadStatusError(`job ${id} ${WHY_NOT[this.#state]}`);
  }
}
