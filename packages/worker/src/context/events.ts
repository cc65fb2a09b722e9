// The events of a dispatcher (D8).
import type { Failure, Job } from '@drover/core';
import { tellSafely } from '@drover/core/internal';
import { errorMonitor, type EventEmitter } from 'node:events';
import type { RunState } from '../history/job-history.js';
import type { Poll } from '../history/poll.js';

/** About a job that this dispatcher runs, or ran. */
export interface JobEvent {
  job: Job;
  queue: string;
  agent: string;
  /** The number of the claim. */
  fence: number;
  /**
   * Ms from when the job was due to the call of its task, or to its end without one, by Redis's
   * clock (D11). It is due since its put, its `beginAfter`, the end of the jobs before it, or the
   * decision that it runs again. Undefined if another process has called the task.
   */
  waited: number | undefined;
  /**
   * Ms from the call of the task to the end of the job (D11); 0 in 'started', and where it was not
   * called. Undefined if another process has called it.
   */
  duration: number | undefined;
}

/** About a run that has ended, in any way. */
export interface RunEndEvent extends JobEvent {
  /**
   * The state of the job after the run; undefined where it is a dead letter. 'waiting': for other
   * jobs.
   */
  state: RunState | undefined;
  /** Of 'failed' and 'retried'. */
  failure: Failure | undefined;
  /** Of 'retried': ms until the job runs again. */
  delay: number | undefined;
  /**
   * Of a job that has waited for others since its run: when that began, in ms since 1970 by Redis's
   * clock.
   */
  beganAt: number | undefined;
}

/** About the decision on an interrupted job (I3). */
export interface InterruptDecidedEvent {
  job: Job;
  queue: string;
  /** The number of the claim that was interrupted. */
  fence: number;
  /** When the job was interrupted, in ms since 1970 by Redis's clock. */
  interruptedAt: number;
  /** 'waiting': it waits for other jobs, and goes on to. 'failed': with an AbortedError. */
  state: Extract<RunState, 'retried' | 'waiting' | 'failed'>;
  failure: Failure | undefined;
  /** Of 'retried': ms until the job runs again. */
  delay: number | undefined;
}

/** About a job that was interrupted. */
export interface InterruptedEvent {
  jobId: string;
  task: string;
  queue: string;
  lane: string;
  /** The UUID of the dispatcher that held the job. */
  dispatcher: string;
  /** The id of its handleInterrupt job. */
  handleInterrupt: string;
}

/** The events of a dispatcher, by name, with their arguments. */
export interface DispatcherEvents {
  /** The dispatcher is active, under a new epoch. */
  activated: [{ uuid: string; epoch: number }];
  /** The dispatcher has ended. Each job that it ran has ended, or was interrupted. */
  deactivated: [{ uuid: string; epoch: number }];
  /** The dispatcher is active again, after 'deposed'. */
  reactivated: [{ uuid: string; epoch: number }];
  /** A sibling found this dispatcher dead, or another process was activated with its UUID (D5). */
  deposed: [{ uuid: string; epoch: number }];
  /**
   * This dispatcher found a sibling dead, `age` ms after its last ping, and interrupts its jobs.
   */
  died: [{ uuid: string; epoch: number; host: string; pid: number; age: number }];
  /** A task was called. */
  started: [JobEvent];
  /** A job's value is stored. Its callbacks run after this (J7). */
  completed: [JobEvent];
  /** A job's failure is stored. Its callbacks run after this (J7). */
  failed: [JobEvent & { failure: Failure }];
  /** A run failed, and the job runs again `delay` ms later, as its retry policy says (R1). */
  retried: [JobEvent & { failure: Failure; delay: number }];
  /**
   * A started job was interrupted: of this dispatcher, or of a sibling that it cleaned up after.
   */
  interrupted: [InterruptedEvent];
  /** A job was interrupted while it ran here: its result was refused (fencing, I5). */
  reassigned: [JobEvent];
  /**
   * A run ended, in any way, or a job without one. It follows the event that says more, such as
   * 'completed'. There is none where a claim is given back before its run.
   */
  ended: [RunEndEvent];
  /** This dispatcher has decided about an interrupted job, which any dispatcher held (I3). */
  interruptDecided: [InterruptDecidedEvent];
  /** A poll ended: every 5 s, even if no job was claimed. */
  poll: [Poll];
  /** An error after which the dispatcher tries again. It is logged, and needs no listener. */
  error: [Error];
}

/**
 * Calls all listeners of an event: `onFailed` gets what one of them throws or rejects with. Unlike
 * `emit` it does not throw an 'error' without listeners, since that has been logged.
 */
export function emitToListeners(
  emitter: EventEmitter<DispatcherEvents>,
  event: keyof DispatcherEvents,
  about: readonly unknown[],
  onFailed: (thrown: unknown) => void,
): void {
  const { rawListeners } = emitter as unknown as {
    rawListeners(event: string | symbol): (() => unknown)[];
  };
  for (const name of event === 'error' ? [errorMonitor, event] : [event]) {
    for (const listener of rawListeners.call(emitter, name))
      tellSafely(() => Reflect.apply(listener, emitter, about) as unknown, onFailed);
  }
}
