// Sends one write of a run until its answer is clear. After a lost reply the stored job tells
// whether the write was done (docs/protocol/commit.md). Without that, a job that succeeded could
// end as failed because of a lost reply.
import {
  crashPoint,
  DamagedRecord,
  isOfRedis,
  Refused,
  type LaneStore,
} from '@drover/core/internal';
import type { Activation, Run } from '../activation/activation.js';
import { sinceDamaged } from '../logging/log-job.js';
import type { Committed, Outcome } from '../activation/outcome.js';
import { persist, whileActive } from './persist.js';

export interface CommitDeps {
  store: LaneStore;
  activation: Activation;
  onError: (error: Error) => void;
}

/** `instead`: this outcome cannot be stored, and another one takes its place. */
export type Step = Committed | { kind: 'instead'; outcome: Outcome };

/** One attempt, numbered from 0. */
type Send = (attempt: number) => Promise<unknown>;

/** @throws an error that does not come from Redis: this write would throw it again */
export async function write(
  run: Run,
  outcome: Outcome,
  deps: CommitDeps,
  send: Send,
): Promise<Committed> {
  try {
    await send(0);
  } catch (error) {
    return await writeAgain(run, outcome, deps, send, error as Error);
  }
  crashPoint('commit.after');
  return { kind: 'stored', outcome };
}

/**
 * Repeats a write whose first attempt failed. A refusal then means that the attempt without a reply
 * was stored, unless the job was interrupted or cancelled since the claim.
 */
async function writeAgain(
  run: Run,
  outcome: Outcome,
  deps: CommitDeps,
  send: Send,
  first: Error,
): Promise<Committed> {
  let attempts = 1;
  let damage: Error | undefined;
  const onError = (error: Error): void => {
    if (error instanceof DamagedRecord) damage = error;
    deps.onError(error);
  };
  const again = (attempt: number): ReturnType<Send> => {
    if (attempt === 0) throw first;
    attempts++;
    return send(attempt);
  };
  try {
    await persist(again, whileActive({ activation: deps.activation, onError }));
    crashPoint('commit.after');
    return { kind: 'stored', outcome };
  } catch (error) {
    const refused = error instanceof Refused ? error.reason : undefined;
    if (error instanceof DamagedRecord) damage = error;
    if (damage && outcome.kind !== 'deadLetter')
      return await deadLetterUnlessEnded(run, outcome, damage, deps);
    const isForEver = !damage && !isOfRedis(error);
    if (refused === undefined && !deps.activation.abandoned && isForEver) throw error;
    if (refused === undefined) deps.onError(error as Error);
    if (refused !== 'lost') return { kind: 'left', refused };
    const isOurs = attempts > 1 && (await wasOurs(run, deps));
    return isOurs ? { kind: 'stored', outcome } : { kind: 'reassigned' };
  }
}

/**
 * The first attempt may have stopped half-way at a damaged record, and have lost the lock: then
 * later ones are refused. Or the finish was done, and another job of the same hand is damaged.
 */
async function deadLetterUnlessEnded(
  run: Run,
  outcome: Outcome,
  damage: Error,
  deps: CommitDeps,
): Promise<Committed> {
  const { claim } = run;
  const job = await insist(deps, () => deps.store.read(claim.id));
  if (job?.state === 'finished') return { kind: 'stored', outcome };
  const reason = sinceDamaged('the outcome of its run cannot be stored', damage);
  return await write(run, { kind: 'deadLetter', reason }, deps, () =>
    deps.store.deadLetter(claim, reason),
  );
}

/**
 * Whether our own write has released the job: then it was neither interrupted nor cancelled since
 * the claim.
 */
async function wasOurs({ claim }: Run, deps: CommitDeps): Promise<boolean> {
  const stored = await insist(deps, () => deps.store.read(claim.id));
  const { interruptions, cancellations = 0 } = stored ?? {};
  return interruptions === claim.interruptions && cancellations === claim.cancellations;
}

/** Whether the token of the run still locks its job. */
export async function ownsClaim({ claim }: Run, deps: CommitDeps): Promise<boolean> {
  return (await insist(deps, () => deps.store.holder(claim.id))) === claim.token;
}

/** Repeats a read until it succeeds; undefined if the activation is abandoned meanwhile. */
async function insist<T>(deps: CommitDeps, read: () => Promise<T>): Promise<T | undefined> {
  return await persist(read, whileActive(deps)).catch((error: unknown) => {
    deps.onError(error as Error);
    return undefined;
  });
}
