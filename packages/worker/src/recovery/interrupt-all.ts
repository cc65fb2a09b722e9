// Interrupts everything that ended activations of a dispatcher still hold (I1, I2). This or another
// process can repeat each step (I6, I7).
import { crashPoint, DamagedRecord, SYSTEM_LANE, type ActiveClaim } from '@drover/core/internal';
import { activationOf } from '../activation/activation.js';
import { interruptStarted, putBackIfClaimed } from './end-claim.js';
import { claimsIn, knownLanes } from './lanes.js';
import type { RecoveryDeps } from './recovery-deps.js';
import { skipDamaged } from './skip-damaged.js';

/** The activations of a dispatcher, and the queues where they may hold jobs. */
export interface Leftovers {
  uuid: string;
  maxEpoch: number;
  queues: readonly string[];
  /**
   * Of the dispatcher's own activation: whether a run has begun under a token. Jobs that have not
   * begun are put back, and no interrupt is counted (I1).
   */
  hasBegun?: (token: string) => boolean;
}

/** How many interrupts are under way at a time. One by one, thousands would take long. */
const CONCURRENCY = 100;

/**
 * Makes passes until one finds nothing. A process that does not know that it was found dead may
 * suspend a job during a pass; the next one finds it among the waiting jobs.
 */
export async function interruptAll(deps: RecoveryDeps, leftovers: Leftovers): Promise<void> {
  while ((await interruptPass(deps, leftovers)) > 0);
}

/** Returns how many jobs it has found. */
async function interruptPass(deps: RecoveryDeps, leftovers: Leftovers): Promise<number> {
  const { store, onInterrupted } = deps;
  const { uuid, queues } = leftovers;
  // In this order: a job that is suspended between the two reads is found by at least one.
  const started = await startedBy(deps, leftovers);
  const waiting = await skipDamaged(deps, () => store.waitingOf(uuid), []);
  // Waiting jobs first: they are the outer ones (I1).
  let found = await sumOf(waiting, async (job) => {
    const done = await store.interruptWaiting(job, leftovers).catch(ignoreDamaged);
    if (!done) return 0;
    crashPoint('interrupt.after-interrupt');
    const { id: jobId, queue, lane } = job;
    const { task, interruptId: handleInterrupt } = done;
    onInterrupted({ jobId, task, queue, lane, handleInterrupt, dispatcher: uuid });
    return 1;
  });
  // A job that was suspended since its claim was read counts too: the next pass finds it waiting.
  found += await sumOf(started, (one) =>
    countFound(deps, () =>
      isUnbegun(one, leftovers) ? putBackIfClaimed(deps, one) : interruptStarted(deps, one, uuid),
    ),
  );
  for (const queue of queues) found += await putBackSystemJobs(deps, queue, leftovers);
  return found;
}

/** 1; or 0 for a key of the wrong type, which each pass would find again, for ever. */
async function countFound(deps: RecoveryDeps, action: () => Promise<unknown>): Promise<number> {
  return await skipDamaged(deps, () => action().then(() => 1), 0);
}

/** Calls that begin in one turn of the event loop reach Redis in their order. */
async function sumOf<T>(
  all: readonly T[],
  interrupt: (one: T) => Promise<number>,
): Promise<number> {
  let sum = 0;
  for (let i = 0; i < all.length; i += CONCURRENCY) {
    for (const count of await Promise.all(all.slice(i, i + CONCURRENCY).map(interrupt)))
      sum += count;
  }
  return sum;
}

/** An entry of the owner's set that is no job any more is left alone. */
function ignoreDamaged(error: unknown): undefined {
  if (!(error instanceof DamagedRecord)) throw error;
}

/**
 * The claims in all lanes of the queues, oldest first, also of lanes that this process does not
 * serve.
 */
async function startedBy(deps: RecoveryDeps, leftovers: Leftovers): Promise<ActiveClaim[]> {
  const ofQueues = leftovers.queues.map(async (queue) => {
    const lanes = (await knownLanes(deps, queue)).filter((lane) => lane !== SYSTEM_LANE);
    const ofLanes = lanes.map(async (lane) => {
      return (await claimsIn(deps, queue, lane)).filter((claim) => isOf(claim, leftovers));
    });
    return (await Promise.all(ofLanes)).flat();
  });
  return (await Promise.all(ofQueues)).flat().sort((a, b) => a.claimedAt - b.claimedAt);
}

/** A job that has waited in a hand, or whose claim got no reply. */
function isUnbegun({ token }: ActiveClaim, { maxEpoch, hasBegun }: Leftovers): boolean {
  return hasBegun !== undefined && activationOf(token)?.epoch === maxEpoch && !hasBegun(token);
}

/** System jobs are not interrupted: they are run again, for ever (I3). */
async function putBackSystemJobs(
  deps: RecoveryDeps,
  queue: string,
  leftovers: Leftovers,
): Promise<number> {
  const claims = await claimsIn(deps, queue, SYSTEM_LANE);
  let found = 0;
  for (const claim of claims.filter((one) => isOf(one, leftovers)))
    found += await countFound(deps, () => putBackIfClaimed(deps, claim));
  return found;
}

function isOf({ token }: ActiveClaim, { uuid, maxEpoch }: Leftovers): boolean {
  const activation = activationOf(token);
  return activation?.uuid === uuid && activation.epoch <= maxEpoch;
}
