// On SIGTERM and SIGINT all dispatchers of the process are deactivated. Then the signal takes its
// ordinary effect (D6).
import { endBy } from './end-by-signal.js';

/** A dispatcher that a signal deactivates. */
export interface Stoppable {
  deactivate(options: { grace: number }): Promise<void>;
  /** Ends the wait for running jobs. */
  hurry(): void;
}

/** Ms. Less than the 30 s after which Kubernetes kills a pod. */
const SIGNAL_GRACE = 25_000;
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

const stoppables = new Set<Stoppable>();
let stopping = false;
/** Settled when the signal has been handled. */
let handling: Promise<void> | undefined;

/** Deactivates `stoppable` on the first signal. */
export function stopOnSignals(stoppable: Stoppable): void {
  if (stoppables.size === 0) for (const signal of SIGNALS) process.on(signal, onSignal);
  stoppables.add(stoppable);
}

/** Signals no longer deactivate `stoppable`. */
export function forgetSignals(stoppable: Stoppable): void {
  stoppables.delete(stoppable);
  if (stoppables.size === 0 && !stopping) removeListeners();
}

function onSignal(signal: NodeJS.Signals): void {
  // A second signal ends the grace at once.
  if (stopping) {
    for (const stoppable of stoppables) stoppable.hurry();
    return;
  }
  stopping = true;
  const all = [...stoppables].map((stoppable) => stoppable.deactivate({ grace: SIGNAL_GRACE }));
  handling = Promise.allSettled(all).then(async () => {
    stopping = false;
    removeListeners();
    // The program's own listeners decide when the process ends. Without them the signal ends it.
    if (process.listenerCount(signal) === 0) await endBy(signal);
  });
}

/** Resolves when the signal has been handled, unless that ends the process. */
export async function signalHandled(): Promise<void> {
  await handling;
}

function removeListeners(): void {
  for (const signal of SIGNALS) process.off(signal, onSignal);
}
