// What must be true of the jobs and dispatchers of one run, in memory: who holds each job, and how often it was interrupted.
import { activationOf } from '../../packages/worker/src/activation.js';

export interface ModelJob {
  id: string;
  status: 'pending' | 'active' | 'waiting' | 'completed';
  /** A token, or the id of an interrupt; of a waiting job its owner. */
  holder: string | undefined;
  interruptions: number;
  /** It waits for other jobs: which, once it has scheduled them. */
  isFlow: boolean;
  parts: string[];
}

export interface ModelDispatcher {
  epoch: number;
  status: 'active' | 'deactivated';
}

export class Model {
  readonly jobs = new Map<string, ModelJob>();
  readonly dispatchers = new Map<string, ModelDispatcher>();
  /** handleInterrupt jobs that have not run, with the jobs that they are about. */
  readonly interrupts = new Map<string, ModelJob>();

  put(id: string, isFlow = false): void {
    this.jobs.set(id, { id, status: 'pending', holder: undefined, interruptions: 0, isFlow, parts: [] });
  }

  job(id: string): ModelJob {
    const job = this.jobs.get(id);
    if (!job) throw new Error(`the model has no job ${id}`);
    return job;
  }

  claim(id: string, token: string): void {
    const job = this.job(id);
    if (job.status !== 'pending') throw new Error(`job ${id} was claimed while it was ${job.status}`);
    Object.assign(job, { status: 'active', holder: token });
  }

  complete(id: string): void {
    Object.assign(this.job(id), { status: 'completed', holder: undefined });
    for (const above of this.jobs.values()) {
      const isWoken = above.status === 'waiting' && above.parts.every((part) => this.job(part).status === 'completed');
      if (isWoken) this.putBack(above);
    }
  }

  putBack(job: ModelJob): void {
    Object.assign(job, { status: 'pending', holder: undefined });
  }

  wait(id: string, parts: string[], owner: string): void {
    for (const part of parts) if (!this.jobs.has(part)) this.put(part);
    const allEnded = parts.every((part) => this.job(part).status === 'completed');
    Object.assign(this.job(id), {
      parts,
      status: allEnded ? 'pending' : 'waiting',
      holder: allEnded ? undefined : owner,
    });
  }

  interrupt(job: ModelJob): void {
    job.holder = `${job.id}.interrupt.${++job.interruptions}`;
    this.interrupts.set(job.holder, job);
  }

  /** All that a dispatcher holds under epochs up to this one. */
  interruptAll(uuid: string, maxEpoch: number): void {
    for (const job of this.jobs.values()) if (isOf(job.holder, uuid, maxEpoch)) this.interrupt(job);
  }

  /** What an audit of `uuid` does; `inUse`: the tokens that it knows. */
  audit(uuid: string, epoch: number, inUse: (token: string) => boolean): void {
    for (const job of this.jobs.values()) {
      const owner = job.status === 'active' && job.holder !== undefined ? activationOf(job.holder) : undefined;
      if (!owner) continue;
      const record = this.dispatchers.get(owner.uuid);
      if (owner.uuid === uuid && owner.epoch === epoch) {
        if (!inUse(job.holder ?? '')) this.putBack(job);
      } else if (!record || record.epoch > owner.epoch || record.status === 'deactivated') this.interrupt(job);
    }
  }

  /** A handleInterrupt job runs: its job may run again, or waits on under another owner. */
  handle(interruptId: string, owner: string): void {
    const job = this.interrupts.get(interruptId);
    this.interrupts.delete(interruptId);
    if (job?.holder !== interruptId) return;
    if (job.status === 'waiting') job.holder = owner;
    else this.putBack(job);
  }

  get isDone(): boolean {
    return [...this.jobs.values()].every(({ status }) => status === 'completed');
  }
}

/** Tokens are `<uuid>:<epoch>:<n>`, owners of waiting jobs `<uuid>:<epoch>`. */
function isOf(holder: string | undefined, uuid: string, maxEpoch: number): boolean {
  const [whose, epoch] = (holder ?? '').split(':');
  return whose === uuid && Number(epoch) <= maxEpoch;
}
