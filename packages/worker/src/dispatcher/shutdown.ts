// SIGTERM and SIGINT: every dispatcher of the process is deactivated, then the signal does what it
// does without us (D6).

import { endBy } from './end-by-signal.js';

/** A dispatcher, as shutdown sees it. */
export interface Stoppable {
  deactivate(options: { grace: number }): Promise<void>;
  /** Durations the waiting for running jobs. */
  hurry(): void;
}

/** Below the 30 s that Kubernetes gives a pod. */
const SIGNAL_GRACE = 25_000;
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

const stoppables = new Set<Stoppable>();
let stopping = false;
/** Settled when a signal has done what it does. */
let handling: Promise<void> | undefined;

/** Deactivates `stoppable` when the process is told to end. */
export function stopOnSignals(stoppable: Stoppable): void {
  if (stoppables.size === 0) for (const signal of SIGNALS) process.on(signal, onSignal);
  stoppables.add(stoppable);
}

/** It is deactivated, or asks no longer. */
export function forgetSignals(stoppable: Stoppable): void {
  stoppables.delete(stoppable);
  if (stoppables.size === 0 && !stopping) removeListeners();
}

function onSignal(signal: NodeJS.Signals): void {
  // The second signal: who sends it does not want to wait.
  if (stopping) {
    for (const stoppable of stoppables) stoppable.hurry();
    return;
  }
  stopping = true;
  const all = [...stoppables].map((stoppable) => stoppable.deactivate({ grace: SIGNAL_GRACE }));
  handling = Promise.allSettled(all).then(async () => {
    stopping = false;
    removeListeners();
    // Others may listen too, and decide when the process ends; without them the signal now ends it.
    if (process.listenerCount(signal) === 0) await endBy(signal);
  });
}

/** Resolves when a signal that is being handled has been, unless that ends the process. */
export async function signalHandled(): Promise<void> {
  await handling;
}

function removeListeners(): void {
  for (const signal of SIGNALS) process.off(signal, onSignal);
}
