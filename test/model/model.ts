// The state that jobs and dispatchers of one run must have, in memory: who holds each job, and how
// often it was interrupted.
import { activationOf } from '../../packages/worker/src/activation/activation.js';
import type { PolicyName } from './tasks.js';

/** The options of a job. */
export interface Traits {
  /** It waits for other jobs; in order: each begins when the one before has ended. */
  flow?: 'at once' | 'in order' | undefined;
  policy: PolicyName;
  /** When it must have begun. */
  deadline?: number | undefined;
}

export interface ModelJob extends Traits {
  id: string;
  status: 'pending' | 'active' | 'waiting' | 'completed';
  /** A token, or the id of an interrupt or a cancel; of a waiting job its owner. */
  holder: string | undefined;
  interruptions: number;
  /** The jobs that it waits for, once it has scheduled them. */
  parts: string[];
  /** Appended before it has started. */
  appended: string[];
  /** Of a part: the flow above it; and the job that it comes after. */
  above: string | undefined;
  after: string | undefined;
  /** Not claimed before. */
  dueAt: number;
  /** A claim goes on no earlier: as it stands now, and as the last claim has found it. */
  resumeAfter: number;
  claimedWith: number;
  /**
   * The interrupt that it got while it waited: woken before that has run, it is decided about all
   * the same.
   */
  undecided: string | undefined;
  cancellations: number;
  isCancelled: boolean;
}

export interface ModelDispatcher {
  epoch: number;
  status: 'active' | 'cleaning' | 'deactivated';
}

/** The outcome that a claim must have. */
export type OutcomeKind = 'done' | 'failed' | 'waitsFor' | 'postponed';

const BLANK = {
  status: 'pending',
  holder: undefined,
  interruptions: 0,
  above: undefined,
  after: undefined,
} as const;
const NEVER_BEFORE = {
  dueAt: 0,
  resumeAfter: 0,
  claimedWith: 0,
  undecided: undefined,
  cancellations: 0,
  isCancelled: false,
};

export class Model {
  readonly jobs = new Map<string, ModelJob>();
  readonly dispatchers = new Map<string, ModelDispatcher>();
  /** handleInterrupt and cancel jobs that have not run, with the jobs that they are about. */
  readonly interrupts = new Map<string, ModelJob>();

  /** Differs where anything does. */
  summary(): string {
    return JSON.stringify([
      [...this.jobs.values()],
      [...this.dispatchers],
      [...this.interrupts.keys()],
    ]);
  }

  put(id: string, traits: Traits): ModelJob {
    const job: ModelJob = { id, ...BLANK, ...NEVER_BEFORE, parts: [], appended: [], ...traits };
    this.jobs.set(id, job);
    return job;
  }

  job(id: string): ModelJob {
    const job = this.jobs.get(id);
    if (!job) throw new Error(`the model has no job ${id}`);
    return job;
  }

  /** Its turn has come. */
  isInTurn({ after }: ModelJob): boolean {
    return after === undefined || this.job(after).status === 'completed';
  }

  isClaimable(job: ModelJob): boolean {
    return job.status === 'pending' && job.dueAt <= Date.now() && this.isInTurn(job);
  }

  claim(id: string, token: string): void {
    const job = this.job(id);
    if (!this.isClaimable(job)) throw new Error(`job ${id} was claimed while it was ${job.status}`);
    Object.assign(job, { status: 'active', holder: token, claimedWith: job.resumeAfter });
  }

  /** A job that has not begun in time is claimed to be ended. */
  claimOverdue(id: string, token: string): void {
    const job = this.job(id);
    if (job.status !== 'pending' || !isPast(job)) throw new Error(`job ${id} is not overdue`);
    Object.assign(job, { status: 'active', holder: token, claimedWith: job.resumeAfter });
  }

  /** The outcome of a run of a job, as it was claimed. */
  outcome(job: ModelJob): OutcomeKind {
    if (job.isCancelled) return 'failed';
    const hasScheduled = job.parts.length > 0;
    if (isPast(job) && !hasScheduled) return 'failed';
    if (job.claimedWith > Date.now()) return 'postponed';
    return job.flow && !hasScheduled ? 'waitsFor' : 'done';
  }

  complete(id: string): void {
    Object.assign(this.job(id), { status: 'completed', holder: undefined });
    for (const above of this.jobs.values()) {
      if (above.status === 'waiting' && this.#allEnded(above)) this.putBack(above);
    }
  }

  putBack(job: ModelJob, dueAt = 0): void {
    Object.assign(job, { status: 'pending', holder: undefined, dueAt });
  }

  wait(id: string, parts: readonly string[], owner: string): void {
    const job = this.job(id);
    for (const part of parts) this.addPart(job, part);
    const allEnded = this.#allEnded(job);
    const lasting = this.#lastingOwner(owner);
    Object.assign(job, {
      status: allEnded ? 'pending' : 'waiting',
      holder: allEnded ? undefined : lasting,
    });
  }

  addPart(above: ModelJob, id: string): void {
    const after = above.flow === 'in order' ? above.parts.at(-1) : undefined;
    Object.assign(this.put(id, { policy: above.policy }), { above: above.id, after });
    above.parts.push(id);
  }

  interrupt(job: ModelJob): void {
    job.holder = `${job.id}.interrupt.${++job.interruptions}`;
    this.interrupts.set(job.holder, job);
    if (job.status === 'waiting') job.undecided = job.holder;
  }

  /** All that a dispatcher holds under epochs up to this one. */
  interruptAll(uuid: string, maxEpoch: number): void {
    for (const job of this.jobs.values()) if (isOf(job.holder, uuid, maxEpoch)) this.interrupt(job);
  }

  /** The reconcile pass of `uuid`; `inUse`: whether it knows a token. */
  audit(uuid: string, epoch: number, inUse: (token: string) => boolean): void {
    for (const job of this.jobs.values()) {
      const owner =
        job.status === 'active' && job.holder !== undefined ? activationOf(job.holder) : undefined;
      if (!owner) continue;
      const record = this.dispatchers.get(owner.uuid);
      if (owner.uuid === uuid && owner.epoch === epoch) {
        if (!inUse(job.holder ?? '')) this.putBack(job);
      } else if (!record || record.epoch > owner.epoch || record.status === 'deactivated')
        this.interrupt(job);
    }
  }

  /**
   * A handleInterrupt job runs: its job may run again, now or later, or waits on under another
   * owner; a cancel ends all that it holds.
   */
  handle(id: string, owner: string, delayOf: (policy: PolicyName) => number): void {
    const job = this.interrupts.get(id);
    this.interrupts.delete(id);
    if (!job || (job.holder !== id && job.undecided !== id)) return;
    if (id.startsWith(`${job.id}.cancel.`)) return this.#endCancelled(job, id);
    const delay = delayOf(job.policy);
    const then = delay > 0 ? Date.now() + delay : 0;
    if (job.undecided === id) {
      job.undecided = undefined;
      if (then > 0) job.resumeAfter = then;
      const lasting = this.#lastingOwner(owner);
      if (job.status === 'waiting') job.holder = lasting;
    } else if (job.parts.length === 0 && Date.now() + delay > (job.deadline ?? Infinity))
      this.complete(job.id);
    else this.putBack(job, then);
  }

  /** A job is cancelled, with all below it; false: it has its result. */
  cancel(job: ModelJob): boolean {
    if (job.isCancelled) return true;
    if (job.status === 'completed') return false;
    if (!this.isInTurn(job)) {
      // It is only marked, and ends when its turn comes.
      job.isCancelled = true;
      return true;
    }
    const id = `${job.id}.cancel.${++job.cancellations}`;
    this.interrupts.set(id, job);
    const below = job.parts
      .map((part) => this.job(part))
      .filter(({ status }) => status !== 'completed');
    const held = { status: 'active', holder: id, isCancelled: true, undecided: undefined };
    for (const taken of [job, ...below]) Object.assign(taken, held);
    return true;
  }

  get isDone(): boolean {
    return [...this.jobs.values()].every(({ status }) => status === 'completed');
  }

  /**
   * An activation that has ended comes to own a job: a later one of its dispatcher owns it, or it
   * is cleaned up after once more.
   */
  #lastingOwner(owner: string): string {
    const [uuid = ''] = owner.split(':');
    const record = this.dispatchers.get(uuid);
    if (record?.status === 'active') return `${uuid}:${record.epoch}`;
    if (record) record.status = 'cleaning';
    return owner;
  }

  #allEnded({ parts }: ModelJob): boolean {
    return parts.every((part) => this.job(part).status === 'completed');
  }

  #endCancelled(job: ModelJob, id: string): void {
    for (const one of [...job.parts.map((part) => this.job(part)), job])
      if (one.holder === id) this.complete(one.id);
  }
}

function isPast({ deadline }: ModelJob): boolean {
  return Date.now() > (deadline ?? Infinity);
}

/** Tokens are `<uuid>:<epoch>:<n>`, owners of waiting jobs `<uuid>:<epoch>`. */
export function isOf(holder: string | undefined, uuid: string, maxEpoch: number): boolean {
  const [whose, epoch] = (holder ?? '').split(':');
  return whose === uuid && Number(epoch) <= maxEpoch;
}
