// What a dispatcher and its worker threads tell each other (D7): plain data, which can be cloned.
import type { Failure, FailureData } from '@drover/core';
import type { ClockReading, ClaimedJob, RedisTarget, RunPut } from '@drover/core/internal';
import type { MessagePort } from 'node:worker_threads';
import type { Called } from '../activation/outcome.js';

/**
 * A thread starts with this. Tasks do not get to see the port, so that they can neither flood nor
 * close it.
 */
export interface ThreadData {
  port?: MessagePort;
}

/** A job for a thread to run. */
export interface ThreadTask {
  claim: ClaimedJob;
  queue: string;
  agent: string;
  uuid: string;
  prefix: string;
  maxDataBytes: number;
  target: RedisTarget;
  /** The modules that define the tasks, as URLs. */
  modules: readonly string[];
  /** Redis's clock, as the dispatcher has measured it. */
  clock: ClockReading;
}

/** As it can be cloned: of what it has put, only what is to be stored (J6). */
type Cloned<T> = T extends { failure: Failure }
  ? Omit<T, 'failure'> & { failure: FailureData }
  : Omit<T, 'puts'> & { puts: readonly RunPut[] | undefined };

/** What a run in a thread came to; it is 'missing' also where a module or the task is. */
export type ThreadReply = Cloned<Called> | { kind: 'not all have ended' };

/** To the thread: run a job; or stop the run under way, and why. */
export type ThreadOrder = { run: ThreadTask } | { stop: FailureData };

/** A run, as its thread names it. */
export interface RunName {
  id: string;
  task: string;
  /** The number of the claim: an earlier run of the same job is another run. */
  fence: number;
}

/** From the thread. */
export type ThreadReport =
  /** It has got a job. */
  | { taken: true }
  /** The task of the job has been started. */
  | { started: true }
  | { reply: ThreadReply }
  /**
   * Code that belongs to this run has thrown an error that nobody catches; undefined: to no run, or
   * it cannot be told.
   */
  | { thrown: { by: RunName | undefined; failure: FailureData } }
  /**
   * The thread exits, by code that belongs to this run; undefined: to no run, or it cannot be told.
   */
  | { exits: { by: RunName | undefined } };
