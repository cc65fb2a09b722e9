// The reconcile pass: looks through all lanes for claims, quota slots, dependencies and system jobs
// that nothing else would end (docs/protocol/reconcile.md). A lost reply leaves a job active under
// a token of this activation; a process that was found dead can claim once more before it learns of
// it.
import { CancelledError, ReassignedError } from '@drover/core';
import { SYSTEM_LANE, type ActiveClaim } from '@drover/core/internal';
import { activationOf, type Activation, type Run } from '../activation/activation.js';
import { deadLetterUnowned, interruptStarted, putBackIfClaimed } from './end-claim.js';
import { claimsIn, knownLanes } from './lanes.js';
import type { RecoveryDeps } from './recovery-deps.js';
import { skipDamaged } from './skip-damaged.js';

/** One of so many passes forgets dispatchers that ended long ago (D10). */
const FORGET_EVERY = 6;

/** Makes one pass. `turn`: its number, by which the passes look at different waiting jobs. */
export async function reconcile(
  deps: RecoveryDeps,
  activation: Activation,
  queues: readonly string[],
  turn = 0,
): Promise<void> {
  const { store } = deps;
  if (turn % FORGET_EVERY === 0) await skipDamaged(deps, () => deps.activations.forgetEnded());
  const isEnded = endedActivations(deps);
  const lost = new Map(activation.runs.map((run) => [run.claim.token, run]));
  for (const queue of queues) {
    await skipDamaged(deps, () => store.sweepQuotas(queue));
    await skipDamaged(deps, () => store.sweepKeys(queue));
    await skipDamaged(deps, () => restoreSystemJobs(deps, queue));
    // All lanes: the dispatchers that serve the others may all be dead.
    for (const lane of await knownLanes(deps, queue)) {
      await skipDamaged(deps, () => store.settleGone(queue, lane, turn));
      await skipDamaged(deps, () => store.forgetPacks(queue, lane, turn));
      await forEachClaim(deps, queue, lane, async (claim) => {
        if (!(await store.hasHolder(claim)))
          await skipDamaged(deps, () => deadLetterUnowned(deps, claim));
        const owner = activationOf(claim.token);
        if (!owner) return false;
        const isOwn = owner.uuid === activation.uuid && owner.epoch === activation.epoch;
        if (isOwn) lost.delete(claim.token);
        const endClaim = async (): Promise<boolean> => {
          if (isOwn) return await putBackIfUnused(deps, claim, activation);
          return (await isEnded(owner)) && (await recover(deps, claim, owner.uuid));
        };
        return await skipDamaged(deps, endClaim, false);
      });
    }
  }
  for (const run of lost.values()) await skipDamaged(deps, () => abortIfLost(deps, run));
}

/** Puts back system jobs that another program has removed, as by emptying the system lane (O6). */
async function restoreSystemJobs(
  { store, onRestored }: RecoveryDeps,
  queue: string,
): Promise<void> {
  for (const job of await store.restoreSystemJobs(queue)) onRestored(job);
}

/**
 * Looks at each claim of a lane. Where one that it ends is that of a pack, it goes on with the
 * claims of the parts: without that these would stand until the next pass.
 * @param look returns whether it has ended the claim
 */
async function forEachClaim(
  deps: RecoveryDeps,
  queue: string,
  lane: string,
  look: (claim: ActiveClaim) => Promise<boolean>,
): Promise<void> {
  const seen = new Set<string>();
  let hasOpened: boolean;
  do {
    const claims = (await claimsIn(deps, queue, lane)).filter(({ id }) => !seen.has(id));
    hasOpened = false;
    for (const claim of claims) {
      seen.add(claim.id);
      if ((await look(claim)) && claim.isPack) hasOpened = true;
    }
  } while (hasOpened);
}

/** Returns whether it has ended the claim. */
async function putBackIfUnused(
  deps: RecoveryDeps,
  claim: ActiveClaim,
  activation: Activation,
): Promise<boolean> {
  // A token in use may have claimed this job in a finish whose reply is still under way.
  if (!activation.accepting || activation.isInUse(claim.token)) return false;
  // A part of the pack runs, and the give-back of the others is lost: opened, they are put back.
  if (activation.isPartInUse(claim.token)) await deps.store.interrupt(claim);
  else await putBackIfClaimed(deps, claim);
  return true;
}

/** Aborts the signal of a run whose job was taken away: the message about a cancel may be lost. */
async function abortIfLost({ store }: RecoveryDeps, { claim, queue, stop }: Run): Promise<void> {
  const loss = await store.lossOf({ queue, lane: claim.lane, id: claim.id }, claim.token);
  if (!loss) return;
  if (loss.cancelled) stop.abort(new CancelledError(loss.cancelled.message));
  else stop.abort(new ReassignedError(`job ${claim.id} was taken away from this dispatcher`));
}

/** Returns that it has ended the claim. */
async function recover(deps: RecoveryDeps, claim: ActiveClaim, uuid: string): Promise<true> {
  if (claim.lane === SYSTEM_LANE) await putBackIfClaimed(deps, claim);
  else await interruptStarted(deps, claim, uuid);
  return true;
}

/**
 * Tells whether an activation has ended and its cleanup too; reads each record once. An activation
 * without a record was lost by a Redis that was restored: its next ping deposes it, if it lives.
 */
function endedActivations({ activations }: RecoveryDeps) {
  const known = new Map<string, boolean>();
  return async ({ uuid, epoch }: { uuid: string; epoch: number }): Promise<boolean> => {
    const key = `${uuid}:${epoch}`;
    if (!known.has(key)) {
      const record = await activations.read(uuid);
      known.set(key, !record || record.epoch !== epoch || record.status === 'deactivated');
    }
    return known.get(key) === true;
  };
}
