// Aborts the signals of runs whose jobs are cancelled (O1). The store tells of each cancel, so
// nothing is polled. If a message is lost, a reconcile pass or the refused commit tells the run.
import { CancelledError } from '@drover/core';
import type { Activation } from '../activation/activation.js';
import type { DispatcherContext } from '../context/context.js';

/**
 * @param onGap called with each subscription: messages before it may have been missed
 * @param onWish called when another process has a wish (D9)
 * @returns the subscription, to be ended with the session
 */
export function listenForCancels(
  { store }: DispatcherContext,
  activation: Activation,
  { onGap, onWish }: { onGap: () => void; onWish: () => void },
): { end(): Promise<void> } {
  return store.onCancelled(
    (jobId, token, { message }) => activation.stopRun(jobId, token, new CancelledError(message)),
    // The other connections report Redis errors.
    { onSubscribed: onGap, onWish, onError: () => {} },
  );
}
