// What a dispatcher and its worker threads tell each other (D7): plain data, which can be cloned.
import type { FailureData } from '@drover/core';
import type { ClaimedJob, ConnectionPlace, Schedule } from '@drover/core/internal';
import type { MessagePort } from 'node:worker_threads';

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

/** What a run in a thread came to. */
export type ThreadReply =
  | { kind: 'value'; value: string }
  | { kind: 'schedule'; schedule: Schedule }
  | { kind: 'thrown'; failure: FailureData }
  /** It returned what cannot be stored. */
  | { kind: 'unstorable'; failure: FailureData }
  | { kind: 'not all have ended' }
  /** It cannot be run in this thread: a module or the task is missing. */
  | { kind: 'missing'; failure: FailureData };

/** To the thread: why the run is to stop. */
export interface StopMessage {
  stop: FailureData;
}

/** From the thread: the task has been started. */
export interface StartedMessage {
  started: true;
}
