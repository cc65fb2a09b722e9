// The gateway of jobs that a running task has put and not committed (J6). Changes apply to the
// buffered records.
import { BadStatusError } from '../errors.js';
import type { JobGateway } from '../job/job-gateway.js';
import type { Job } from '../job/job.js';
import { updatedOptions } from '../model/job-update.js';
import type { NewStoredJob, StoredJob } from '../model/records.js';
import { asPut } from './as-put.js';
import { told } from './explain/explain.js';

/** The reason why a call on an uncommitted job is refused, by state. */
const WHY_NOT = {
  open: 'is stored when the task that has put it ends (J6): to wait for it, or cancel it, inside, put it with { immediate: true }',
  ended:
    'is being stored, since the task that has put it has ended (J6): await in the task what is done with it',
  dropped: 'was put by a task that failed, was interrupted, or lost its job: it is not stored (J6)',
} as const;

/**
 * Stands in for the gateway of a queue until the run has committed, and passes calls on afterwards.
 */
export class UncommittedJobs implements JobGateway {
  /** The records, which the handles show too: a change is seen by both. */
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

  /** Adds a job. Returns the record that its handle shows. */
  add(job: NewStoredJob): StoredJob {
    const shown: StoredJob = { ...job, ...asPut(job), state: 'deferred' };
    this.#jobs.set(job.id, shown);
    return shown;
  }

  /** The record that the commit will store; undefined for a part or a callback. */
  toStore(id: string): NewStoredJob | undefined {
    return this.#jobs.get(id);
  }

  /** Whether its jobs are neither stored nor dropped yet. */
  get isOpen(): boolean {
    return this.#state === 'open' || this.#state === 'ended';
  }

  /** Called when the run has ended, and again when its jobs are stored or dropped. */
  settle(state: 'ended' | 'committed' | 'dropped'): void {
    this.#state = state;
  }

  readonly read: JobGateway['read'] = async (id, ...more) =>
    await this.#require(id).read(id, ...more);

  readonly progress: JobGateway['progress'] = async (id, ...more) =>
    await this.#require(id).progress(id, ...more);
  readonly parts: JobGateway['parts'] = async (id, ...more) =>
    await this.#require(id).parts(id, ...more);

  readonly partStates: JobGateway['partStates'] = async (id, ...more) =>
    await this.#require(id).partStates(id, ...more);

  readonly annotate: JobGateway['annotate'] = async (id, ...more) =>
    await this.#require(id).annotate(id, ...more);

  readonly cancel: JobGateway['cancel'] = async (id, ...more) =>
    await this.#require(id).cancel(id, ...more);

  readonly retry: JobGateway['retry'] = async (id, ...more) =>
    await this.#require(id).retry(id, ...more);

  readonly waitForResult: JobGateway['waitForResult'] = async (id, ...more) =>
    await this.#require(id).waitForResult(id, ...more);

  readonly waitFor: JobGateway['waitFor'] = async (id, ...more) =>
    await this.#require(id).waitFor(id, ...more);

  readonly explain: JobGateway['explain'] = async (job, lane, origins, isOver) => {
    if (this.#state === 'committed') return await this.gateway.explain(job, lane, origins, isOver);
    // The last origin is the job whose task has put it; parts and callbacks have nearer ones.
    const by = origins.at(-1)?.id ?? '';
    const reason = this.isOpen
      ? ({ reason: 'put-not-committed', by } as const)
      : ({ reason: 'not-put' } as const);
    return told({ id: job.id, task: job.task }, reason);
  };

  readonly toStoredChange: JobGateway['toStoredChange'] = async (options) =>
    await this.gateway.toStoredChange(options);

  readonly update: JobGateway['update'] = async (id, lane, change, known) => {
    if (this.#state !== 'open') return await this.#require(id).update(id, lane, change, known);
    const job = this.#uncommitted(id);
    job.args = change.args ?? job.args;
    job.options = updatedOptions(job.options, change);
    return { options: job.options };
  };

  readonly addCallback: JobGateway['addCallback'] = async (id, lane, callback, ...more) => {
    if (this.#state !== 'open')
      return await this.#require(id).addCallback(id, lane, callback, ...more);
    const job = this.#uncommitted(id);
    job.callbacks = [...(job.callbacks ?? []), callback];
    return 'added';
  };

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
