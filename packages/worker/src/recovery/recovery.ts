// Interrupting everything that an activation left behind (I1, I2). Each step can be repeated, by
// this cleaner or the next (I6, I7).
import {
  crashPoint,
  DamagedRecord,
  DispatcherKeys,
  expectReadable,
  interruptWaiting,
  isAboutRecord,
  LaneKeys,
  lanesWithOwn,
  MAIN_LANE,
  readActiveClaims,
  readOwnedWaiting,
  refusalCode,
  interruptActive,
  SYSTEM_LANE,
  clockOf,
  type ActiveClaim,
  type LaneStore,
  type RedisClient,
} from '@drover/core/internal';
import { activationOf } from '../activation/activation.js';

/** A job that was interrupted. */
export interface Interrupted {
  jobId: string;
  task: string;
  queue: string;
  lane: string;
  /** The id of its handleInterrupt job. */
  handleInterrupt: string;
}

export interface RecoveryDeps {
  client: RedisClient;
  prefix: string;
  laneStore: (queue: string, lane: string) => LaneStore;
  /** The lanes of a queue that this process serves. */
  ownLanes: (queue: string) => readonly string[];
  onInterrupted: (interrupted: Interrupted & { dispatcher: string }) => void;
  onDeadLetter: (jobId: string, keys: LaneKeys, reason: string) => void;
  /** One of recovery's own jobs had been removed by another program, and was put back. */
  onRestored: (id: string, keys: LaneKeys) => void;
  onError: (error: Error) => void;
}

/**
 * What is stored in the place of a list of a lane, and is none, keeps nobody from the other lanes
 * and queues (B1): it is told, and what it hides is found by an audit when it is gone.
 */
export async function skipIfWrongType<T>(
  { onError }: { onError: (error: Error) => void },
  doing: () => Promise<T>,
  otherwise: T,
): Promise<T> {
  try {
    return await doing();
  } catch (error) {
    if (!isAboutRecord(error)) throw error;
    onError(error);
    return otherwise;
  }
}

/**
 * The lanes of a queue, as far as they are known: its own are looked at, whatever a server has
 * lost.
 */
export async function knownLanes(deps: RecoveryDeps, queue: string): Promise<string[]> {
  const { client, prefix, ownLanes } = deps;
  const own = ownLanes(queue);
  const always = [...new Set([SYSTEM_LANE, MAIN_LANE, ...own])];
  return await skipIfWrongType(deps, () => lanesWithOwn(client, prefix, queue, own), always);
}

/** The claims in a lane. */
export async function claimsIn(deps: RecoveryDeps, keys: LaneKeys): Promise<ActiveClaim[]> {
  return await skipIfWrongType(deps, () => readActiveClaims(deps.client, keys), []);
}

/** What an activation left behind, up to an epoch. */
export interface Leftovers {
  uuid: string;
  maxEpoch: number;
  queues: readonly string[];
}

/**
 * So many interrupts are under way at a time, in their order: a round trip for each by itself takes
 * long where there are thousands.
 */
const CONCURRENCY = 100;

/** Interrupts until a pass finds nothing. */
export async function interruptAll(deps: RecoveryDeps, leftovers: Leftovers): Promise<void> {
  while ((await interruptPass(deps, leftovers)) > 0);
}

/** How much it has found. */
async function interruptPass(deps: RecoveryDeps, leftovers: Leftovers): Promise<number> {
  const { client, prefix, onInterrupted } = deps;
  const { uuid, maxEpoch, queues } = leftovers;
  // Read in this order: a job that suspends itself meanwhile stands in one of the two, or in both.
  const started = await startedBy(deps, leftovers);
  const waiting = await skipIfWrongType(
    deps,
    () => readOwnedWaiting(client, new DispatcherKeys(prefix), uuid),
    [],
  );
  // Those that wait are the outer ones (I1).
  let found = await sumOf(waiting, async (job) => {
    const done = await interruptWaiting(
      client,
      prefix,
      { uuid, maxEpoch },
      job,
      clockOf(client).now(),
    ).catch(ignoreDamaged);
    if (!done) return 0;
    crashPoint('interrupt.after-interrupt');
    onInterrupted({
      jobId: job.jobId,
      task: done.task,
      queue: job.queue,
      lane: job.lane,
      handleInterrupt: done.interruptId,
      dispatcher: uuid,
    });
    return 1;
  });
  // One that has suspended itself since its claim was read counts as well: the next pass finds it
  // among those that wait.
  found += await sumOf(started, (one) =>
    foundAndDone(deps, () => interruptStarted(deps, one, uuid)),
  );
  for (const queue of queues) found += await putBackSystemJobs(deps, queue, leftovers);
  return found;
}

/** 1, or 0 for what cannot be done: it would be found again by each pass. */
async function foundAndDone(deps: RecoveryDeps, doing: () => Promise<unknown>): Promise<number> {
  return await skipIfWrongType(deps, () => doing().then(() => 1), 0);
}

/** What is begun in one turn of the event loop is sent, and done, in that order. */
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

/**
 * What stands in the owner's set and is no job any more is nobody's to interrupt. @throws any other
 * error
 */
function ignoreDamaged(error: unknown): undefined {
  if (!isAboutRecord(error)) throw error;
}

/** A started job, with where it stands. */
export interface Started {
  queue: string;
  lane: string;
  claim: ActiveClaim;
}

/** In every lane of the queues: the cleaner need not serve them itself. */
async function startedBy(deps: RecoveryDeps, leftovers: Leftovers): Promise<Started[]> {
  const ofQueues = leftovers.queues.map(async (queue) => {
    const lanes = (await knownLanes(deps, queue)).filter((lane) => lane !== SYSTEM_LANE);
    const ofLanes = lanes.map(async (lane) => {
      const claims = await claimsIn(deps, new LaneKeys(deps.prefix, queue, lane));
      return claims
        .filter((claim) => isOf(claim, leftovers))
        .map((claim) => ({ queue, lane, claim }));
    });
    return (await Promise.all(ofLanes)).flat();
  });
  return (await Promise.all(ofQueues)).flat().sort((a, b) => a.claim.claimedAt - b.claim.claimedAt);
}

/** Takes one started job away. */
export async function interruptStarted(
  deps: RecoveryDeps,
  { queue, lane, claim }: Started,
  dispatcher: string,
): Promise<number> {
  const { client, laneStore, onInterrupted } = deps;
  const { jobId, task } = claim;
  const store = laneStore(queue, lane);
  const seizing = () => interruptActive(client, store.keys, claim, store.clock.now());
  const handleInterrupt = await orDeadLetter(deps, store, claim, seizing);
  if (handleInterrupt === undefined) return 0;
  crashPoint('interrupt.after-interrupt');
  onInterrupted({ jobId, task, queue, lane, handleInterrupt, dispatcher });
  return 1;
}

/** Recovery's own jobs are not interrupted: they are run again, for ever (I3). */
async function putBackSystemJobs(
  deps: RecoveryDeps,
  queue: string,
  leftovers: Leftovers,
): Promise<number> {
  const store = deps.laneStore(queue, SYSTEM_LANE);
  const claims = (await claimsIn(deps, store.keys)).filter((claim) => isOf(claim, leftovers));
  let found = 0;
  for (const claim of claims)
    found += await foundAndDone(deps, () => putBackQuietly(deps, store, claim));
  return found;
}

/** Puts a claim back that somebody else may have put back before. */
export async function putBackQuietly(
  deps: RecoveryDeps,
  store: LaneStore,
  claim: ActiveClaim,
): Promise<void> {
  await unlessRefused(() =>
    orDeadLetter(deps, store, claim, () => store.putBack(claim.jobId, claim.token)),
  );
}

/** What stands in the active list and is held by nobody would stay there for ever (B1). */
export async function deadLetterUnowned(
  deps: RecoveryDeps,
  store: LaneStore,
  claim: ActiveClaim,
): Promise<void> {
  const reason = 'nobody holds it, though it is active: its lock, or who held it, is gone';
  await unlessRefused(() => deadLetter(deps, store, claim, reason));
}

/** Somebody else may have done it before. */
async function unlessRefused(doing: () => Promise<unknown>): Promise<void> {
  try {
    await doing();
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
 * A claim of something that is no job, or is damaged, keeps nobody from going on with the others
 * (B1).
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
      throw new DamagedRecord('what is stored under its id is no job, or cannot be claimed');
    return await action();
  } catch (error) {
    if (!(error instanceof DamagedRecord) && !isAboutRecord(error)) throw error;
    await deadLetter(deps, store, claim, error.message);
    return undefined;
  }
}

function isOf({ token }: ActiveClaim, { uuid, maxEpoch }: Leftovers): boolean {
  const activation = activationOf(token);
  return activation?.uuid === uuid && activation.epoch <= maxEpoch;
}
