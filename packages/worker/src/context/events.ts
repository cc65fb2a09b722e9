// What a dispatcher tells: its events, typed (D8).
import type { Failure, Job } from '@drover/core';
import { tellSafely } from '@drover/core/internal';
import { errorMonitor, type EventEmitter } from 'node:events';
import type { Poll } from '../history/poll.js';

/** An event about a job that this dispatcher runs, or ran. */
export interface JobEvent {
  job: Job;
  queue: string;
  agent: string;
  /** The number of the claim. */
  fence: number;
}

/** The events of a dispatcher, by name, with their arguments. */
export interface DispatcherEvents {
  /** Active under a new epoch. */
  activated: [{ uuid: string; epoch: number }];
  /** Everything it ran has ended or was interrupted; its record says so. */
  deactivated: [{ uuid: string; epoch: number }];
  /** Active again, after it was deposed. */
  reactivated: [{ uuid: string; epoch: number }];
  /** Another activation of its UUID, or a sibling that found it dead, ended this one (D5). */
  deposed: [{ uuid: string; epoch: number }];
  /** A sibling was found dead, and is being cleaned up after. */
  died: [{ uuid: string; epoch: number; host: string; pid: number; age: number }];
  /** A task was started. */
  started: [JobEvent];
  /** A job's value is stored; its callbacks, if it has any, run after this (J7). */
  completed: [JobEvent];
  /** A job's failure is stored; its callbacks, if it has any, run after this (J7). */
  failed: [JobEvent & { failure: Failure }];
  /**
   * A job that was started was interrupted: of this dispatcher, or of one that it cleaned up after.
   */
  interrupted: [
    {
      jobId: string;
      task: string;
      queue: string;
      lane: string;
      dispatcher: string;
      handleInterrupt: string;
    },
  ];
  /** A job was taken away: what its run brought was refused (I5). */
  reassigned: [JobEvent];
  /** A poll ended: one is told every 5 s, also where nothing was got. */
  poll: [Poll];
  /** Something went wrong that is being tried again. */
  error: [Error];
}

/**
 * Tells the listeners of an event, each by itself: `onFailed` is told what one throws, or rejects
 * with, and the others hear of the event all the same. An 'error' that nobody listens to is not
 * thrown, as `emit` would: it has been logged.
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
