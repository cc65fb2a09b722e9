// Which dispatchers have died lately, and which jobs were interrupted (I4, I8), as far as records
// that are kept still tell.
import type { DispatcherInfo, Job } from '@drover/core';
import { inTurns } from './in-turns.js';
import type { JobName } from './job-view.js';
import { HANDLE_INTERRUPT, SYSTEM_LANE } from '../text/recovery-names.js';
import type { Sources } from './sources.js';

/** A dispatcher that has died, by the last time. */
export interface Death {
  dispatcher: string;
  /** The process that had its UUID then. */
  host: string;
  pid: number;
  /** When a sibling found it dead; where none has yet, when it pinged last: ms since 1970. */
  at: number;
  /** How often it was found dead under its UUID. */
  deaths: number;
  /**
   * Now. 'dead': nobody has found it yet. 'cleaning': its jobs are being interrupted. 'active': it
   * is back.
   */
  status: DispatcherInfo['status'];
}

export interface Interrupt {
  /** When it happened: ms since 1970. */
  at: number;
  job: JobName;
  /** The job of recovery that decides about it. */
  by: JobName;
  /** Undefined: it is not decided yet. */
  decided?: { at: number; how: string; dispatcher?: string };
}

export interface Interrupts {
  /** Redis's clock: ms since 1970. */
  now: number;
  /** Ms before `now`. */
  within: number;
  /** The last one first. */
  deaths: Death[];
  /** The last one first, fifty of each queue at most. */
  interrupts: Interrupt[];
  /** Whether there were more. */
  more: boolean;
}

/** So many of each queue. */
const MOST = 50;

export async function readInterrupts(sources: Sources, within: number): Promise<Interrupts> {
  const [now, infos, names] = await Promise.all([
    sources.now(),
    sources.dispatchers.list(),
    sources.queueNames(),
  ]);
  const since = now - within;
  const filter = {
    ...{ lane: SYSTEM_LANE, task: HANDLE_INTERRUPT, since, end: MOST },
    status: ['pending', 'assigned', 'active', 'callbacks', 'completed'],
  } as const;
  const lists = await inTurns(names, (name) => sources.queue(name).jobs(filter));
  return {
    ...{ now, within },
    deaths: infos
      .flatMap((info) => deathOf(info) ?? [])
      .filter(({ at }) => at >= since)
      .sort((a, b) => b.at - a.at),
    interrupts: lists
      .flatMap((list) => list.slice(0, MOST).flatMap((job) => toInterrupt(job) ?? []))
      .sort((a, b) => b.at - a.at),
    more: lists.some((list) => list.length > MOST),
  };
}

function deathOf(info: DispatcherInfo): Death | undefined {
  const { uuid, status, deaths, host, pid, lastPing } = info;
  const death = status === 'dead' ? { host, pid, at: lastPing } : info.lastDeath;
  return death && { dispatcher: uuid, ...death, deaths, status };
}

/** Undefined: it is damaged, or of a later version. */
function toInterrupt(by: Job): Interrupt | undefined {
  const job = subjectOf(by);
  const { put, ended } = by.times;
  if (!job || put === undefined) return undefined;
  const { dispatcher } = by;
  return {
    ...{ at: put, job: toName(job), by: toName(by) },
    ...(ended !== undefined && {
      decided: { at: ended, how: howOf(by), ...(dispatcher !== undefined && { dispatcher }) },
    }),
  };
}

function subjectOf(by: Job): Job | undefined {
  try {
    const [job] = by.args as [Partial<Job> | undefined];
    return typeof job?.id === 'string' && typeof job.task === 'string' ? (job as Job) : undefined;
  } catch {
    return undefined;
  }
}

function howOf(by: Job): string {
  try {
    return typeof by.result === 'string' ? by.result : 'failed';
  } catch {
    return 'failed';
  }
}

function toName({ id, task, queue = '' }: Job): JobName {
  return { id, task, queue };
}
