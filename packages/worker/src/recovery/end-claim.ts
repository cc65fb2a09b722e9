// Ends one claim that its own run will not end: by an interrupt, by putting the job back, or as a
// dead letter.
import {
  crashPoint,
  DamagedRecord,
  expectReadable,
  interruptActive,
  isAboutRecord,
  refusalCode,
  type ActiveClaim,
  type LaneStore,
} from '@drover/core/internal';
import type { RecoveryDeps } from './recovery-deps.js';

/** A claim, and its lane. */
export interface Started {
  queue: string;
  lane: string;
  claim: ActiveClaim;
}

/** Interrupts a started job. Returns 1, or 0 if the claim had ended or became a dead letter. */
export async function interruptStarted(
  deps: RecoveryDeps,
  { queue, lane, claim }: Started,
  dispatcher: string,
): Promise<number> {
  const { client, laneStore, onInterrupted } = deps;
  const { jobId, task } = claim;
  const store = laneStore(queue, lane);
  const handleInterrupt = await orDeadLetter(deps, store, claim, () =>
    interruptActive(client, store.keys, claim, store.clock.now()),
  );
  if (handleInterrupt === undefined) return 0;
  crashPoint('interrupt.after-interrupt');
  onInterrupted({ jobId, task, queue, lane, handleInterrupt, dispatcher });
  return 1;
}

/** Puts the job back, unless the claim has ended meanwhile. */
export async function putBackIfClaimed(
  deps: RecoveryDeps,
  store: LaneStore,
  claim: ActiveClaim,
): Promise<void> {
  await ignoreRefusal(() =>
    orDeadLetter(deps, store, claim, () => store.putBack({ id: claim.jobId, token: claim.token })),
  );
}

/** Without this a job that is active without a holder would stay so for ever (B1). */
export async function deadLetterUnowned(
  deps: RecoveryDeps,
  store: LaneStore,
  claim: ActiveClaim,
): Promise<void> {
  const reason =
    'it is active without a holder: its lock is gone, or the lock names a system job that is gone';
  await ignoreRefusal(() => deadLetter(deps, store, claim, reason));
}

/** The script refuses where another process has ended the claim. */
async function ignoreRefusal(action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (refusalCode(error) === undefined) throw error;
  }
}

async function deadLetter(
  { onDeadLetter }: RecoveryDeps,
  store: LaneStore,
  { jobId: id, token }: ActiveClaim,
  reason: string,
): Promise<void> {
  await store.deadLetter({ id, token }, reason);
  onDeadLetter(id, store.keys, reason);
}

/**
 * Makes the job a dead letter if its record is damaged, or is no job. Without this one such claim
 * would stop the recovery of the others (B1).
 */
async function orDeadLetter<T>(
  deps: RecoveryDeps,
  store: LaneStore,
  claim: ActiveClaim,
  action: () => Promise<T>,
): Promise<T | undefined> {
  try {
    expectReadable(claim.jobId);
    if (claim.task === '')
      throw new DamagedRecord('the record under its id is not a job, or cannot be claimed');
    return await action();
  } catch (error) {
    if (!(error instanceof DamagedRecord) && !isAboutRecord(error)) throw error;
    await deadLetter(deps, store, claim, error.message);
    return undefined;
  }
}
