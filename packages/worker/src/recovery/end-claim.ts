// Ends one claim that its own run will not end: by an interrupt, by putting the job back, or as a
// dead letter.
import { crashPoint, DamagedRecord, ignoreRefusal, type ActiveClaim } from '@drover/core/internal';
import type { RecoveryDeps } from './recovery-deps.js';

type Held = Omit<ActiveClaim, 'claimedAt' | 'isPack'>;

/** Interrupts a started job, unless the claim has ended. A pack is opened instead. */
export async function interruptStarted(
  deps: RecoveryDeps,
  job: Held,
  dispatcher: string,
): Promise<void> {
  const handleInterrupt = await orDeadLetter(deps, job, () => deps.store.interrupt(job));
  if (handleInterrupt === undefined) return;
  crashPoint('interrupt.after-interrupt');
  const { id: jobId, task, queue, lane } = job;
  deps.onInterrupted({ jobId, task, queue, lane, handleInterrupt, dispatcher });
}

/** Puts the job back, unless the claim has ended meanwhile. */
export async function putBackIfClaimed(deps: RecoveryDeps, job: Held): Promise<void> {
  await ignoreRefusal(orDeadLetter(deps, job, () => deps.store.putBack(job)));
}

/** Without this a job that is active without a holder would stay so for ever (B1). */
export async function deadLetterUnowned(deps: RecoveryDeps, job: Held): Promise<void> {
  const reason =
    'it is active without a holder: its lock is gone, or the lock names a system job that is gone';
  await ignoreRefusal(deadLetter(deps, job, reason));
}

async function deadLetter(
  { store, onDeadLetter }: RecoveryDeps,
  job: Held,
  reason: string,
): Promise<void> {
  await store.deadLetter(job, reason);
  onDeadLetter(job, reason);
}

/**
 * Makes the job a dead letter if its record is damaged, or is no job. Without this one such claim
 * would stop the recovery of the others (B1).
 */
async function orDeadLetter<T>(
  deps: RecoveryDeps,
  job: Held,
  action: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof DamagedRecord)) throw error;
    await deadLetter(deps, job, error.message);
    return undefined;
  }
}
