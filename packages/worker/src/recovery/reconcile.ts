// The reconcile pass: looks through all lanes for claims, quota slots, dependencies and system jobs
// that nothing else would end (docs/protocol/reconcile.md). A lost reply leaves a job active under
// a token of this activation; a process that was found dead can claim once more before it learns of
// it.
import { CancelledError, ReassignedError } from '@drover/core';
import {
  clockOf,
  DispatcherStore,
  LaneKeys,
  MAIN_LANE,
  restoreUndecided,
  settleGone,
  sweepQuotas,
  SYSTEM_LANE,
  type ActiveClaim,
  type LaneStore,
} from '@drover/core/internal';
import { activationOf, type Activation, type Run } from '../activation/activation.js';
import { deadLetterUnowned, interruptStarted, putBackIfClaimed } from './end-claim.js';
import { claimsIn, knownLanes } from './lanes.js';
import type { RecoveryDeps } from './recovery-deps.js';
import { skipIfWrongType } from './skip-if-wrong-type.js';

/** Makes one pass. `turn`: its number, by which the passes look at different waiting jobs. */
export async function reconcile(
  deps: RecoveryDeps,
  activation: Activation,
  queues: readonly string[],
  turn = 0,
): Promise<void> {
  const isEnded = endedActivations(deps);
  const lost = new Map(activation.runs.map((run) => [run.claim.token, run]));
  for (const queue of queues) {
    await skipIfWrongType(deps, () =>
      sweepQuotas(deps.client, deps.laneStore(queue, MAIN_LANE).keys),
    );
    await skipIfWrongType(deps, () => restoreSystemJobs(deps, queue));
    // All lanes: the dispatchers that serve the others may all be dead.
    for (const lane of await knownLanes(deps, queue)) {
      const store = deps.laneStore(queue, lane);
      await skipIfWrongType(deps, () => settleGone(deps.client, store.keys, turn));
      for (const claim of await claimsIn(deps, store.keys)) {
        if (await hasNoHolder(deps, queue, claim))
          await skipIfWrongType(deps, () => deadLetterUnowned(deps, store, claim));
        const owner = activationOf(claim.token);
        if (!owner) continue;
        const isOwn = owner.uuid === activation.uuid && owner.epoch === activation.epoch;
        if (isOwn) lost.delete(claim.token);
        const endClaim = async (): Promise<void> => {
          if (isOwn) await putBackIfUnused(deps, store, claim, activation);
          else if (await isEnded(owner)) await recover(deps, queue, lane, claim, owner.uuid);
        };
        await skipIfWrongType(deps, endClaim);
      }
    }
  }
  for (const run of lost.values()) await skipIfWrongType(deps, () => abortIfLost(deps, run));
}

/** Puts back system jobs that another program has removed, as by emptying the system lane (O6). */
async function restoreSystemJobs(
  { client, prefix, onRestored }: RecoveryDeps,
  queue: string,
): Promise<void> {
  const keys = new LaneKeys(prefix, queue, SYSTEM_LANE);
  for (const id of await restoreUndecided(client, prefix, queue, clockOf(client).now()))
    onRestored(id, keys);
}

/** Whether the lock is gone, or names an interrupt or a cancel that is gone or has ended. */
async function hasNoHolder(
  { client, prefix }: RecoveryDeps,
  queue: string,
  { jobId, token }: ActiveClaim,
): Promise<boolean> {
  if (token === '') return true;
  if (!token.startsWith(`${jobId}.interrupt.`) && !token.startsWith(`${jobId}.cancel.`))
    return false;
  // A decision removes the lock before the system job ends. If it has ended and holds the lock all
  // the same, Redis has lost the decision.
  const [name, finishedOn] = await client.hmget(
    new LaneKeys(prefix, queue, SYSTEM_LANE).job(token),
    'name',
    'finishedOn',
  );
  return name === null || finishedOn !== null;
}

async function putBackIfUnused(
  deps: RecoveryDeps,
  store: LaneStore,
  claim: ActiveClaim,
  activation: Activation,
): Promise<void> {
  // A token in use may have claimed this job in a finish whose reply is still under way.
  if (activation.accepting && !activation.isInUse(claim.token))
    await putBackIfClaimed(deps, store, claim);
}

/** Aborts the signal of a run whose job was taken away: the message about a cancel may be lost. */
async function abortIfLost(
  { laneStore }: RecoveryDeps,
  { claim, queue, stop }: Run,
): Promise<void> {
  const store = laneStore(queue, claim.lane);
  const [holder, job] = await Promise.all([store.holder(claim.id), store.read(claim.id)]);
  if (holder === claim.token) return;
  if (job?.cancelled) stop.abort(new CancelledError(job.cancelled.message));
  else stop.abort(new ReassignedError(`job ${claim.id} was taken away from this dispatcher`));
}

async function recover(
  deps: RecoveryDeps,
  queue: string,
  lane: string,
  claim: ActiveClaim,
  uuid: string,
): Promise<void> {
  if (lane === SYSTEM_LANE) await putBackIfClaimed(deps, deps.laneStore(queue, lane), claim);
  else await interruptStarted(deps, { queue, lane, claim }, uuid);
}

/**
 * Tells whether an activation has ended and its cleanup too; reads each record once. An activation
 * without a record was lost by a Redis that was restored: its next ping deposes it, if it lives.
 */
function endedActivations({ client, prefix }: RecoveryDeps) {
  const store = new DispatcherStore(client, prefix);
  const known = new Map<string, boolean>();
  return async ({ uuid, epoch }: { uuid: string; epoch: number }): Promise<boolean> => {
    const key = `${uuid}:${epoch}`;
    if (!known.has(key)) {
      const record = await store.read(uuid);
      known.set(key, !record || record.epoch !== epoch || record.status === 'deactivated');
    }
    return known.get(key) === true;
  };
}
