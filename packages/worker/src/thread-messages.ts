// What a dispatcher and its worker threads tell each other (D7): plain data, which can be cloned.
import type { Failure, FailureData } from '@drover/core';
import type { ClaimedJob, ConnectionPlace, RunPut } from '@drover/core/internal';
import type { MessagePort } from 'node:worker_threads';
import type { Called } from './call.js';

/** A job for a thread to run. */
export interface ThreadTask {
  claim: ClaimedJob;
  queue: string;
  agent: string;
  uuid: string;
  prefix: string;
  maxDataBytes: number;
  place: ConnectionPlace;
  /** The modules that define the tasks, as URLs. */
  modules: readonly string[];
  /** For the run: the thread tells that it has started, and is told to stop. */
  port: MessagePort;
}

/** As it can be cloned: of what it has put, only what is to be stored (J6). */
type Cloned<T> = T extends { failure: Failure }
  ? Omit<T, 'failure'> & { failure: FailureData }
  : Omit<T, 'puts'> & { puts: readonly RunPut[] | undefined };

/** What a run in a thread came to; it is 'missing' also where a module or the task is. */
export type ThreadReply = Cloned<Called> | { kind: 'not all have ended' };

/** To the thread: why the run is to stop. */
export interface StopMessage {
  stop: FailureData;
}

/** From the thread: the task has been started. */
export interface StartedMessage {
  started: true;
}
