// Follows a fleet: each look gives what has happened since the one before. It reads a bounded
// number of jobs, and says where there were more.
import type { DispatcherInfo, Job } from '@drover/core';
import { failureOf } from './job-view.js';
import { counted, span } from '../text/words.js';
import type { Sources } from './sources.js';

export interface FleetEvent {
  /** By Redis's clock: ms since 1970. Of a dispatcher that died, the time of the look. */
  at: number;
  /** 'missed': more jobs ended than a look reads. */
  event:
    'completed' | 'failed' | 'missed' | 'activated' | 'died' | 'deactivated' | 'paused' | 'resumed';
  queue?: string;
  job?: string;
  task?: string;
  dispatcher?: string;
  /** Of 'failed'; `says` has it too. */
  failure?: { name: string; message: string };
  says: string;
}

/** So many ended jobs of a queue are read by a look. */
const MOST = 200;
/**
 * Each look reads so many ms that the one before has read too: a dispatcher, whose clock is a
 * little behind Redis's, may store a time before that look.
 */
const OVERLAP = 2_000;

export class Follower {
  /** When it looked first, and last. */
  #first: number | undefined;
  #last = 0;
  /** The jobs that were told and that the next look reads again, with the times of their ends. */
  readonly #told = new Map<string, number>();
  #dispatchers: Map<string, DispatcherInfo> | undefined;
  readonly #paused = new Map<string, boolean>();

  /** @param queue default: all */
  constructor(
    private readonly sources: Sources,
    private readonly queue?: string,
  ) {}

  /** The events since the last look, in their order; the first look gives none. */
  async next(): Promise<FleetEvent[]> {
    const [now, names] = await Promise.all([
      this.sources.now(),
      this.queue === undefined ? this.sources.queueNames() : [this.queue],
    ]);
    this.#first ??= now;
    const since = Math.max(this.#first, this.#last - OVERLAP);
    this.#last = now;
    for (const [id, at] of this.#told) if (at < since) this.#told.delete(id);
    const ended = await Promise.all(names.map((name) => this.#endedIn(name, since)));
    const pauses = await Promise.all(names.map((name) => this.#pauseOf(name, now)));
    const events = [...ended.flat(), ...pauses.flat(), ...(await this.#changes(now))];
    return events.filter((event) => this.#isNew(event)).sort((a, b) => a.at - b.at);
  }

  #isNew({ job, at }: FleetEvent): boolean {
    if (job === undefined) return true;
    const isNew = !this.#told.has(job);
    this.#told.set(job, at);
    return isNew;
  }

  async #endedIn(name: string, since: number): Promise<FleetEvent[]> {
    const filter = { status: 'completed', since, end: MOST - 1 } as const;
    const jobs = await this.sources.queue(name).jobs(filter);
    const events = jobs.map((job) => endOf(job, name));
    if (jobs.length < MOST) return events;
    const says = `${name}: more than ${counted(MOST, 'job')} ended since the last look`;
    return [...events, { at: since, event: 'missed', queue: name, says }];
  }

  async #pauseOf(queue: string, at: number): Promise<FleetEvent[]> {
    const isPaused = await this.sources.queue(queue).isPaused();
    const was = this.#paused.get(queue);
    this.#paused.set(queue, isPaused);
    if (was === undefined || was === isPaused) return [];
    const event = isPaused ? 'paused' : 'resumed';
    return [{ at, event, queue, says: `the queue ${queue} is ${event}` }];
  }

  async #changes(now: number): Promise<FleetEvent[]> {
    const before = this.#dispatchers;
    const list = await this.sources.dispatchers.list();
    this.#dispatchers = new Map(list.map((info) => [info.uuid, info]));
    if (!before) return [];
    return list.flatMap((info) => changeOf(before.get(info.uuid), info, now) ?? []);
  }
}

function endOf(job: Job, queue: string): FleetEvent {
  const { id, task, times, dispatcher, interruptions } = job;
  const { started, ended = 0 } = times;
  const failure = failureOf(job);
  const took = started === undefined ? '' : ` after ${span(ended - started)}`;
  const interrupted = interruptions > 0 ? `, ${counted(interruptions, 'interruption')}` : '';
  const how = failure ? `failed${took}: ${failure.name}: ${failure.message}` : `completed${took}`;
  return {
    ...{ at: ended, event: failure ? 'failed' : 'completed', queue, job: id, task },
    ...(dispatcher !== undefined && { dispatcher }),
    ...(failure && { failure: { name: failure.name, message: failure.message } }),
    says: `${queue} ${task} ${id} ${how}${interrupted}`,
  };
}

function changeOf(
  before: DispatcherInfo | undefined,
  { uuid, status, epoch, host, pid, activatedAt }: DispatcherInfo,
  now: number,
): FleetEvent | undefined {
  if (before?.status === status && before.epoch === epoch) return undefined;
  const who = `dispatcher ${uuid} (host ${host}, pid ${pid})`;
  if (status === 'active')
    return { at: activatedAt, event: 'activated', dispatcher: uuid, says: `${who} is active` };
  if (status === 'dead')
    return { at: now, event: 'died', dispatcher: uuid, says: `${who} has died` };
  if (status === 'deactivated' || before?.status !== 'dead')
    return { at: now, event: 'deactivated', dispatcher: uuid, says: `${who} has ended` };
  return undefined;
}
