// A reconcile pass ends what nothing else would end (docs/protocol/reconcile.md):
// - Claims whose run is gone. A lost reply leaves a job active under our own token. A process that
//   was found dead can claim once more before it learns of it.
// - Slots of quotas that no job holds.
// - Runs that have lost their jobs and were not told.
// - The wait for a job that another program has removed.
import { CancelledError, ReassignedError } from '@drover/core';
import {
  DispatcherStore,
  LaneKeys,
  MAIN_LANE,
  restoreUndecided,
  settleGone,
  sweepQuotas,
  SYSTEM_LANE,
  clockOf,
  type ActiveClaim,
  type LaneStore,
} from '@drover/core/internal';
import { activationOf, type Activation, type Run } from '../activation/activation.js';
import {
  claimsIn,
  interruptStarted,
  knownLanes,
  putBackQuietly,
  deadLetterUnowned,
  skipIfWrongType,
  type RecoveryDeps,
} from './recovery.js';

/**
 * Looks through the active lists of `queues` once, and at jobs that wait. `turn`: the number of the
 * look.
 */
export async function reconcile(
  deps: RecoveryDeps,
  activation: Activation,
  queues: readonly string[],
  turn = 0,
): Promise<void> {
  const isEnded = endedActivations(deps);
  const lost = new Map(activation.runs.map((run) => [run.claim.token, run]));
  for (const queue of queues) {
    await skipIfWrongType(
      deps,
      () => sweepQuotas(deps.client, deps.laneStore(queue, MAIN_LANE).keys),
      undefined,
    );
    await skipIfWrongType(deps, () => restoreLost(deps, queue), undefined);
    // Every lane, whoever serves it: what was claimed there must not depend on others being alive.
    for (const lane of await knownLanes(deps, queue)) {
      const store = deps.laneStore(queue, lane);
      await skipIfWrongType(deps, () => settleGone(deps.client, store.keys, turn), undefined);
      for (const claim of await claimsIn(deps, store.keys)) {
        if (await isHeldByNobody(deps, queue, claim))
          await skipIfWrongType(deps, () => deadLetterUnowned(deps, store, claim), undefined);
        const owner = activationOf(claim.token);
        if (!owner) continue;
        const isOwn = owner.uuid === activation.uuid && owner.epoch === activation.epoch;
        if (isOwn) lost.delete(claim.token);
        const lookAfter = async (): Promise<void> => {
          if (isOwn) await putBackIfNobodyRunsIt(deps, store, claim, activation);
          else if (await isEnded(owner)) await recover(deps, queue, lane, claim, owner.uuid);
        };
        await skipIfWrongType(deps, lookAfter, undefined);
      }
    }
  }
  for (const run of lost.values())
    await skipIfWrongType(deps, () => stopIfLost(deps, run), undefined);
}

/** O6: another program has removed recovery's own jobs, as by emptying the system lane. */
async function restoreLost(
  { client, prefix, onRestored }: RecoveryDeps,
  queue: string,
): Promise<void> {
  const keys = new LaneKeys(prefix, queue, SYSTEM_LANE);
  for (const id of await restoreUndecided(client, prefix, queue, clockOf(client).now()))
    onRestored(id, keys);
}

/**
 * Whether a claim has no lock, or is held by an interrupt or a cancel that is not there, or has
 * ended.
 */
async function isHeldByNobody(
  { client, prefix }: RecoveryDeps,
  queue: string,
  { jobId, token }: ActiveClaim,
): Promise<boolean> {
  if (token === '') return true;
  if (!token.startsWith(`${jobId}.interrupt.`) && !token.startsWith(`${jobId}.cancel.`))
    return false;
  // Its decision would have taken the lock away before it ended: Redis has lost that.
  const [name, finishedOn] = await client.hmget(
    new LaneKeys(prefix, queue, SYSTEM_LANE).job(token),
    'name',
    'finishedOn',
  );
  return name === null || finishedOn !== null;
}

async function putBackIfNobodyRunsIt(
  deps: RecoveryDeps,
  store: LaneStore,
  claim: ActiveClaim,
  activation: Activation,
): Promise<void> {
  // A token that is in use may have claimed this job in a finish whose reply is still under way.
  if (activation.accepting && !activation.isInUse(claim.token))
    await putBackQuietly(deps, store, claim);
}

/**
 * O1: the word that its job was cancelled may not have come. A run that has ended meanwhile takes
 * no notice.
 */
async function stopIfLost({ laneStore }: RecoveryDeps, { claim, queue, stop }: Run): Promise<void> {
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
  if (lane === SYSTEM_LANE) await putBackQuietly(deps, deps.laneStore(queue, lane), claim);
  else await interruptStarted(deps, { queue, lane, claim }, uuid);
}

/**
 * Whether an activation has ended and nobody is cleaning up after it; each is looked up once. One
 * that its record does not know yet was lost by a Redis that was restored: its process is deposed
 * with its next ping, if it lives.
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
