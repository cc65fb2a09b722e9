// The handle of a composite: a job whose work is other jobs. These are its arguments, or were
// appended.
import {
  appendedJobs,
  appendJobs,
  asJob,
  BadStatusError,
  InvalidArgumentError,
  Job,
  JobStatus,
  progressOf,
  type BareTask,
  type Progress,
} from '@drover/core';

/** The second argument of a composite; the first is the array of its parts. */
export interface CompositeArgs {
  postprocess?: Job;
  onFailure?: 'stop';
  packed?: boolean;
}

/** A composite. Its parts and its postprocess are handles, with `refresh` and `wait` as any job. */
export class Composite<R = unknown, P extends readonly Job[] = readonly Job[]> extends Job<R, []> {
  /** The parts in the order given, then the appended ones, as of the last `refresh`. */
  get jobs(): readonly [...P, ...Job[]] {
    const given = (this.args[0] as P | undefined) ?? [];
    return [...given, ...appendedJobs(this)] as unknown as readonly [...P, ...Job[]];
  }

  /** The job that gets the completed parts; undefined if there is none. */
  get postprocess(): Job<R> | undefined {
    return (this.args[1] as CompositeArgs | undefined)?.postprocess as Job<R> | undefined;
  }

  /** The parts and the postprocess, as of the last `refresh`. */
  override get children(): readonly Job[] {
    const { jobs, postprocess } = this;
    return postprocess ? [...jobs, postprocess] : jobs;
  }

  /**
   * Counts the parts by what they do, as they are in Redis now, without reading them: also parts in
   * packs, and appended ones. It costs some ms of Redis for each thousand parts, in steps of 500
   * parts at most; parts may go on between two steps. A removed part counts as failed.
   * @throws BadStatusError where the composite is new
   */
  async progress(): Promise<Progress> {
    const counted = await progressOf(this);
    if (counted) return counted;
    // It has not begun: its parts are arguments, and any process may have appended more.
    await this.refresh();
    const none = { completed: 0, failed: 0, active: 0 };
    const parts = this.jobs.length;
    if (this.status !== JobStatus.COMPLETED) return { parts, ...none, pending: parts };
    return { parts, ...none, completed: parts, failed: parts, pending: 0 };
  }

  protected override get ownJobs(): readonly Job[] {
    const [parts = [], { postprocess } = {}] = this.args as [Job[]?, CompositeArgs?];
    return postprocess ? [...parts, postprocess] : parts;
  }

  /**
   * Adds a new job after the parts (C4). Before the composite starts, any process may do so; then
   * only a part that runs, a child of such a part, or a callback of a part that has not completed.
   * Their jobs are appended when their run commits (J6). A task stands for a job of it.
   * @returns the job itself
   * @throws BadStatusError at any other time, or if the job was put already; InvalidArgumentError
   *   if it is not a job
   */
  async append<J extends Job>(job: J): Promise<J>;
  async append<R>(task: BareTask<R>): Promise<Job<R>>;
  async append(what: Job | BareTask): Promise<Job> {
    const job = asJob(what, 'the job to append');
    if (isNew(this)) this.#add(job);
    else await appendJobs(this, [job]);
    return job;
  }

  /** Appends to a new composite, whose parts are its own arguments. */
  #add(job: Job): void {
    if (!isNew(job)) throw putAlready('the job to append');
    if (this.jobs.some(({ id }) => id === job.id))
      throw new InvalidArgumentError('a job cannot be appended twice');
    (this.args[0] as Job[]).push(job);
  }
}

export function isNew(job: Job): boolean {
  return job.status === JobStatus.NEW && job.queue === undefined;
}

/** The error where a job was put. */
export function putAlready(what: string): BadStatusError {
  return new BadStatusError(`${what} was put already: make a new job for it`);
}
