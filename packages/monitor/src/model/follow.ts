// Follows a fleet: each look gives what has happened since the one before. It reads a bounded
// number of jobs, and says where there were more.
import type { DispatcherInfo, FailureData, Job } from '@drover/core';
import { failureOf } from './job-view.js';
import { counted, span } from '../text/words.js';
import { inTurns } from './in-turns.js';
import type { Sources } from './sources.js';
import type { FleetStatus } from './status.js';

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
  /** Of 'failed': the beginning of its message; `says` has it too. */
  failure?: { name: string; message: string };
  says: string;
}

/** So many ended jobs of a queue are read by a look. */
const MOST = 200;
/** So many characters of a message are told. */
const MOST_MESSAGE = 1_000;
/**
 * Each look reads so many ms that the one before has read too: a dispatcher, whose clock is a
 * little behind Redis's, may store a time before that look.
 */
const OVERLAP = 2_000;

export interface LookOptions {
  /** Leaves out jobs that have succeeded: they are not read. */
  without?: 'completed' | undefined;
  /** A status that has just been read. Default: the look reads what it needs of it. */
  status?: FleetStatus | undefined;
}

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

  /**
   * The events since the last look, in their order; the first look gives none. Where it throws, the
   * next look gives what this one would have given.
   */
  async next({ without, status }: LookOptions = {}): Promise<FleetEvent[]> {
    const { now, names, dispatchers } = status ? factsOf(status) : await this.#readFacts();
    const since = Math.max(this.#first ?? now, this.#last - OVERLAP);
    const outcome = without ? 'failed' : 'completed';
    const looks = await inTurns(this.queue === undefined ? names : [this.queue], async (name) => {
      const queue = this.sources.queue(name);
      const [ended, isPaused] = await Promise.all([
        queue.jobs({ status: outcome, since, end: MOST - 1 }),
        status ? isPausedIn(status, name) : queue.isPaused(),
      ]);
      return { name, ended, isPaused };
    });
    // Nothing fails from here on: what is remembered is also told.
    this.#first ??= now;
    this.#last = now;
    for (const [id, at] of this.#told) if (at < since) this.#told.delete(id);
    const events = [
      ...looks.flatMap(({ name, ended }) => endsIn(name, ended, since, outcome)),
      ...looks.flatMap(({ name, isPaused }) => this.#pauseOf(name, isPaused, now)),
      ...this.#changes(dispatchers, now),
    ];
    return events.filter((event) => this.#isNew(event)).sort((a, b) => a.at - b.at);
  }

  async #readFacts(): Promise<Facts> {
    const [now, names, dispatchers] = await Promise.all([
      this.sources.now(),
      this.queue === undefined ? this.sources.queueNames() : [],
      this.sources.dispatchers.list(),
    ]);
    return { now, names, dispatchers };
  }

  #isNew({ job, at }: FleetEvent): boolean {
    if (job === undefined) return true;
    const isNew = !this.#told.has(job);
    this.#told.set(job, at);
    return isNew;
  }

  #pauseOf(queue: string, isPaused: boolean, at: number): FleetEvent[] {
    const was = this.#paused.get(queue);
    this.#paused.set(queue, isPaused);
    if (was === undefined || was === isPaused) return [];
    const event = isPaused ? 'paused' : 'resumed';
    return [{ at, event, queue, says: `the queue ${queue} is ${event}` }];
  }

  #changes(list: readonly DispatcherInfo[], now: number): FleetEvent[] {
    const before = this.#dispatchers;
    this.#dispatchers = new Map(list.map((info) => [info.uuid, info]));
    if (!before) return [];
    return list.flatMap((info) => changeOf(before.get(info.uuid), info, now) ?? []);
  }
}

/** What a look begins with. */
interface Facts {
  /** Redis's clock: ms since 1970. */
  now: number;
  /** Of queues. */
  names: readonly string[];
  dispatchers: readonly DispatcherInfo[];
}

function factsOf({ now, queues, dispatchers }: FleetStatus): Facts {
  return { now, names: queues.map(({ name }) => name), dispatchers };
}

function isPausedIn({ queues }: FleetStatus, queue: string): boolean {
  return queues.some(({ name, paused }) => name === queue && paused);
}

function endsIn(
  name: string,
  jobs: readonly Job[],
  since: number,
  outcome: 'failed' | 'completed',
): FleetEvent[] {
  const events = jobs.map((job) => endOf(job, name));
  if (jobs.length < MOST) return events;
  const says = `${name}: more than ${counted(MOST, 'job')} ${outcome} since the last look`;
  return [...events, { at: since, event: 'missed', queue: name, says }];
}

function endOf(job: Job, queue: string): FleetEvent {
  const { id, task, times, dispatcher, interruptions } = job;
  const { started, ended = 0 } = times;
  const failure = briefOf(failureOf(job));
  const took = started === undefined ? '' : ` after ${span(ended - started)}`;
  const interrupted = interruptions > 0 ? `, ${counted(interruptions, 'interruption')}` : '';
  const how = failure ? `failed${took}: ${failure.name}: ${failure.message}` : `completed${took}`;
  return {
    ...{ at: ended, event: failure ? 'failed' : 'completed', queue, job: id, task },
    ...(dispatcher !== undefined && { dispatcher }),
    ...(failure && { failure }),
    says: `${queue} ${task} ${id} ${how}${interrupted}`,
  };
}

/** An event is news: the job has the whole message. */
function briefOf(failure: FailureData | undefined): FleetEvent['failure'] {
  return failure && { name: failure.name, message: failure.message.slice(0, MOST_MESSAGE) };
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
