// Storing the outcome of a run: the writes that each kind of outcome takes, in their order
// (docs/protocol/commit.md).
import { BadStatusError, Failure } from '@drover/core';
import {
  abortJob,
  crashPoint,
  freeAfter,
  hasScheduled,
  ownWaiting,
  preparePuts,
  putsBeforeCallbacks,
  putsBeforeFinish,
  RefusalCode,
  type Transaction,
  type ClaimReply,
  type CommittablePuts,
} from '@drover/core/internal';
import type { Run } from '../activation/activation.js';
import { STILL_WAITS } from './join.js';
import type { Committed, Outcome } from '../activation/outcome.js';
import { persist, whileActive } from './pause.js';
import { isHeld, write, type CommitDeps } from './write.js';

/** Why a job cannot wait for the jobs that it is to wait for. */
const NOT_TO_WAIT_FOR: Partial<Record<RefusalCode, string>> = {
  [RefusalCode.OF_ANOTHER_PARENT]:
    'a job that is to start after others was put already, or belongs to another job',
  [RefusalCode.WAITS_FOR_IT]: 'a job that it is to wait for waits for it',
};

type WaitsFor = Extract<Outcome, { kind: 'waitsFor' }>;
/** It waits for what stands below it already. */
const WAITS: WaitsFor = { kind: 'waitsFor', schedule: undefined };
/** In ms: so often a job looks at what it waits for, where nothing wakes it. */
const LOOK_AGAIN = 1_000;

/** Stores the outcome of a run. */
export async function commit(run: Run, outcome: Outcome, deps: CommitDeps): Promise<Committed> {
  const { store } = deps;
  const { claim } = run;
  // Its quotas go with the claim, whatever ends that; a job that waits for others keeps them, one
  // whose callbacks run does not.
  const transaction = freeAfter(store.keys, claim);
  crashPoint('run.before-commit');
  switch (outcome.kind) {
    case 'done': {
      const abandoned = await abandonPartialSchedule(run, outcome, deps);
      if (abandoned && abandoned.kind !== 'stored') return abandoned;
      const committed = claim.hasCallbacks
        ? await beginCallbacks(run, outcome, deps, transaction)
        : outcome.puts
          ? await completeWithPuts(run, outcome, outcome.puts, deps)
          : await finish(run, outcome, deps, (claimNext) =>
              store.complete(claim, outcome.value, { claimNext, transaction }),
            );
      if (committed.kind !== 'left') return committed;
      // Something below it has not ended: it waits for that first (docs/protocol/commit.md).
      if (committed.refused === RefusalCode.PENDING_CHILDREN)
        return await waitFor(run, WAITS, deps);
      if (committed.refused !== RefusalCode.CALLBACKS_ADDED) return committed;
      // It says only that something was added: who has been waiting since is told of the end as
      // well (J5).
      claim.hasCallbacks = claim.hasDependents = true;
      return await commit(run, outcome, deps);
    }
    case 'failed': {
      const abandoned = await abandonUnfinished(run, outcome, deps);
      if (abandoned && abandoned.kind !== 'stored') return abandoned;
      return await finish(run, outcome, deps, (claimNext) =>
        store.fail(claim, outcome.failure, deps.activation, { claimNext, transaction }),
      );
    }
    case 'retry': {
      const record = { policyData: outcome.policyData, retries: claim.retries + 1 };
      return await write(run, outcome, deps, () =>
        store.retry(claim.id, claim.token, outcome.delay, record, transaction),
      );
    }
    case 'postponed':
      return await write(run, outcome, deps, () =>
        store.postpone(claim.id, claim.token, outcome, transaction),
      );
    case 'waitsFor':
      return await waitFor(run, outcome, deps);
    case 'deadLetter':
      return await write(run, outcome, deps, () => store.deadLetter(claim, outcome.reason));
    case 'parked':
      return { kind: 'stored', outcome };
    case 'interrupted':
      if (!(await isHeld(run, deps))) return { kind: 'reassigned' };
      return outcome.atOnce ? await interrupt(outcome, outcome.atOnce, deps) : { kind: 'left' };
  }
}

/**
 * A dispatcher that stops leaves it to its cleanup, for the order of I1. Where both do it, it is
 * interrupted once (I7).
 */
async function interrupt(
  outcome: Outcome,
  atOnce: () => Promise<unknown>,
  deps: CommitDeps,
): Promise<Committed> {
  if (!deps.activation.accepting) return { kind: 'left' };
  try {
    await persist(atOnce, whileActive(deps));
    return { kind: 'stored', outcome };
  } catch (error) {
    deps.onError(error as Error);
    return { kind: 'left' };
  }
}

/**
 * A job that was interrupted while it scheduled jobs, and ends now without any: a row or a hold
 * that is not whole would never let it go on.
 */
async function abandonPartialSchedule(
  run: Run,
  outcome: Outcome,
  deps: CommitDeps,
): Promise<Committed | undefined> {
  const { manifest, scheduledChunks, id, token } = run.claim;
  if (!manifest || hasScheduled(manifest, scheduledChunks)) return undefined;
  const abandoned = await write(run, outcome, deps, () =>
    deps.store.abandonChildren(id, token, 'reset'),
  );
  if (abandoned.kind === 'stored') run.claim.manifest = undefined;
  return abandoned;
}

/**
 * A job that was interrupted while it scheduled jobs, and fails instead, takes along what stands
 * below it.
 */
async function abandonUnfinished(
  run: Run,
  outcome: Extract<Outcome, { kind: 'failed' }>,
  deps: CommitDeps,
): Promise<Committed | undefined> {
  const { manifest, scheduledChunks, aborted, id, token } = run.claim;
  // A job that was stopped takes back what has not started (C2).
  if (outcome.abandonsChildren)
    return await write(run, outcome, deps, () => deps.store.abandonChildren(id, token, 'stop'));
  // Who aborted it may have died before all was taken back.
  if (!manifest || (hasScheduled(manifest, scheduledChunks) && !aborted)) return undefined;
  return await abandonAll(run, outcome, deps);
}

/**
 * Takes back all that stands below a job which fails. From the mark on it fails, whoever dies: it
 * cannot go on without that (I6).
 */
async function abandonAll(
  run: Run,
  outcome: Extract<Outcome, { kind: 'failed' }>,
  deps: CommitDeps,
): Promise<Committed> {
  const { client, store } = deps;
  const { id, token } = run.claim;
  const marked = await write(run, outcome, deps, () =>
    abortJob(client, store.keys, id, token, outcome.failure.toJSON()),
  );
  if (marked.kind !== 'stored') return marked;
  return await write(run, outcome, deps, () => store.abandonChildren(id, token));
}

/** J7: the result is stored, and what finishes the job comes after its callbacks. */
async function beginCallbacks(
  run: Run,
  outcome: Extract<Outcome, { kind: 'done' }>,
  deps: CommitDeps,
  transaction: Transaction | undefined,
): Promise<Committed> {
  const { claim } = run;
  const { store, client, activation } = deps;
  const { puts } = outcome;
  const withPuts = puts && {
    ...transaction,
    ...putsBeforeCallbacks(store.keys, claim, puts.stored),
  };
  let begun = true;
  crashPoint('callbacks.before-result');
  const committed = await write(run, outcome, deps, async () => {
    if (puts) await preparePuts(client, store.keys.prefix, puts.stored);
    begun = await store.beginCallbacks(
      claim,
      { value: outcome.value },
      activation,
      withPuts ?? transaction,
    );
  });
  if (committed.kind !== 'stored') return committed;
  if (begun) {
    puts?.committed();
    return { ...committed, inCallbacks: true };
  }
  claim.hasCallbacks = false;
  return await commit(run, outcome, deps);
}

/**
 * Schedules what the job waits for, and suspends it; if all has ended meanwhile, the job is offered
 * again at once.
 */
async function waitFor(run: Run, outcome: WaitsFor, deps: CommitDeps): Promise<Committed> {
  const { store, client, activation } = deps;
  const { claim } = run;
  const { schedule, puts } = outcome;
  if (schedule) {
    if (schedule.jobs.length === 0 && !schedule.then) {
      return await commit(run, { kind: 'done', value: '[]', puts }, deps);
    }
    crashPoint('schedule.before');
    const withPuts = { ...schedule, puts: puts?.stored };
    const scheduled = await write(run, outcome, deps, () =>
      store.schedule(claim, withPuts, store.clock.now()),
    );
    if (scheduled.kind === 'left' && scheduled.refused && NOT_TO_WAIT_FOR[scheduled.refused]) {
      const error = new BadStatusError(
        `job ${claim.id} cannot wait: ${NOT_TO_WAIT_FOR[scheduled.refused]}`,
      );
      const failed: Outcome = { kind: 'failed', failure: Failure.from(error) };
      const abandoned = await abandonAll(run, failed, deps);
      return abandoned.kind === 'stored' ? await commit(run, failed, deps) : abandoned;
    }
    if (scheduled.kind === 'left' && scheduled.refused === RefusalCode.STILL_ENDING) {
      return await waitForEnding(run, outcome, deps);
    }
    if (scheduled.kind !== 'stored') return scheduled;
    puts?.committed();
  }
  crashPoint('schedule.before-suspend');
  const owned = await write(run, outcome, deps, () =>
    ownWaiting(client, store.keys, claim.id, { token: claim.token }, activation, store.clock.now()),
  );
  if (owned.kind !== 'stored') return owned;
  let suspended = true;
  let isRepeated = false;
  const committed = await write(run, outcome, deps, async (attempt) => {
    isRepeated = attempt > 0;
    suspended = await store.suspend(claim);
  });
  // Callbacks were added between the two: its next claim sees them.
  if (committed.kind === 'left' && committed.refused === RefusalCode.CALLBACKS_ADDED)
    return await waitFor(run, outcome.unfinished ? STILL_WAITS : WAITS, deps);
  if (committed.kind === 'stored' && !suspended) {
    // What it still waits for has ended once, and was let run again from elsewhere (O3): no end of
    // it wakes this job.
    const { id, token } = claim;
    const release = () =>
      outcome.unfinished
        ? store.postpone(id, token, { delay: LOOK_AGAIN })
        : store.putBack(id, token);
    // Nothing is left below it, whoever holds it: an attempt whose reply was lost may have
    // suspended it.
    return await write(run, outcome, deps, release, { isRepeated });
  }
  crashPoint('schedule.after-suspend');
  return committed;
}

/**
 * Lets a job that runs again wait until what failed below it has ended (O3). Nothing of its run is
 * stored: its task is called once more, and what failed runs again with it.
 */
async function waitForEnding(run: Run, outcome: WaitsFor, deps: CommitDeps): Promise<Committed> {
  const { store } = deps;
  const { id, token } = run.claim;
  let isHalf = false;
  const looked = await write(run, outcome, deps, async () => {
    isHalf = (await store.scheduledChunks(id)) > 0;
  });
  if (looked.kind !== 'stored') return looked;
  // A part of its manifest would never wake it: it looks again.
  if (isHalf)
    return await write(run, outcome, deps, () => store.postpone(id, token, { delay: LOOK_AGAIN }));
  return await waitFor(run, WAITS, deps);
}

/**
 * Finishes a job with its value, and with what its run has put (J6). The puts leave the lock with a
 * new token, under which the job is finished and the next one claimed: it is registered before it
 * is sent, as each token is.
 */
async function completeWithPuts(
  run: Run,
  outcome: Extract<Outcome, { kind: 'done' }>,
  puts: CommittablePuts,
  deps: CommitDeps,
): Promise<Committed> {
  const { store, client, activation } = deps;
  const { claim } = run;
  const finishToken = activation.newToken();
  const transaction = {
    ...putsBeforeFinish(store.keys, claim, puts.stored, finishToken),
    ...freeAfter(store.keys, claim, finishToken),
  };
  const committed = await finish(run, outcome, deps, async (claimNext) => {
    await preparePuts(client, store.keys.prefix, puts.stored);
    return await store.complete(claim, outcome.value, { claimNext, transaction });
  });
  if (committed.kind === 'stored') puts.committed();
  if (committed.kind !== 'stored' || !committed.next?.job) activation.retire(finishToken);
  return committed;
}

/**
 * A finish, which claims the next job with its first attempt: after a lost reply the token is used
 * no more.
 */
function finish(
  run: Run,
  outcome: Outcome,
  deps: CommitDeps,
  send: (claimNext: boolean) => Promise<ClaimReply | undefined>,
): Promise<Committed> {
  return write(run, outcome, deps, (attempt) => send(attempt === 0 && deps.mayClaimNext()));
}
