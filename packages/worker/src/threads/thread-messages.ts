// The messages between a dispatcher and its worker threads (D7): plain data, which can be cloned.
import type { Failure, FailureData } from '@drover/core';
import type { Called, ClaimedJob, CommittablePuts, WorkerStore } from '@drover/core/internal';
import type { MessagePort } from 'node:worker_threads';

/** The `workerData` of a thread. It removes the port, so that tasks cannot close or flood it. */
export interface ThreadData {
  port?: MessagePort;
}

/** A claimed job for a thread. */
export interface ThreadTask {
  claim: ClaimedJob;
  queue: string;
  agent: string;
  uuid: string;
  prefix: string;
  maxDataBytes: number;
  target: WorkerStore['target'];
  /** The modules that define the tasks, as URLs. */
  modules: readonly string[];
  /** Redis's clock, as measured by the dispatcher. */
  clock: WorkerStore['clock']['reading'];
}

/** The failure as data; of the puts only the records to store (J6). */
type Cloned<T> = T extends { failure: Failure }
  ? Omit<T, 'failure'> & { failure: FailureData }
  : Omit<T, 'puts'> & { puts: CommittablePuts['stored'] | undefined };

/** How a run in a thread ended. 'missing' also stands for a missing module or task. */
export type ThreadReply = Cloned<Called> | { kind: 'not all have ended' };

/** To the thread: run a job, or stop the run under way for a reason. */
export type ThreadOrder = { run: ThreadTask } | { stop: FailureData };

/** Names a run. */
export interface RunName {
  id: string;
  task: string;
  /** The number of the claim. It tells several runs of one job apart. */
  fence: number;
}

/** From the thread. */
export type ThreadReport =
  /** The job has arrived. */
  | { taken: true }
  /** The task has been called. */
  | { started: true }
  | { reply: ThreadReply }
  /** Code of this run threw an error that is not caught. `by`: undefined if the run is unknown. */
  | { thrown: { by: RunName | undefined; failure: FailureData } }
  /** Code of this run makes the thread exit. */
  | { exits: { by: RunName | undefined } };
