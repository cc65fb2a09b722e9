// Sends one write of a run until its answer is clear. After a lost reply the stored job tells
// whether the write was done (docs/protocol/commit.md). Without that, a job that succeeded could
// end as failed because of a lost reply.
import {
  crashPoint,
  DamagedRecord,
  isOfRedis,
  Refused,
  type ClaimReply,
  type LaneStore,
  type StoredJob,
} from '@drover/core/internal';
import type { Activation, Run } from '../activation/activation.js';
import { sinceDamaged } from '../logging/log-job.js';
import type { Committed, Outcome } from '../activation/outcome.js';
import { persist, whileActive } from './persist.js';

export interface CommitDeps {
  store: LaneStore;
  activation: Activation;
  onError: (error: Error) => void;
  /** Whether a finish may claim the next job of its lane. */
  mayClaimNext: () => boolean;
}

/** `instead`: this outcome cannot be stored, and another one takes its place. */
export type Step = Committed | { kind: 'instead'; outcome: Outcome };

/** One attempt, numbered from 0. */
type Send = (attempt: number) => Promise<ClaimReply | undefined | void>;

/** @throws an error that does not come from Redis: this write would throw it again */
export async function write(
  run: Run,
  outcome: Outcome,
  deps: CommitDeps,
  send: Send,
): Promise<Committed> {
  let next: ClaimReply | undefined | void;
  try {
    next = await send(0);
  } catch (error) {
    return await writeAgain(run, outcome, deps, send, error as Error);
  }
  return stored(outcome, next);
}

function stored(outcome: Outcome, next: ClaimReply | undefined | void): Committed {
  crashPoint('commit.after');
  if (next?.inCallbacks) return { kind: 'stored', outcome, inCallbacks: true };
  return next ? { kind: 'stored', outcome, next } : { kind: 'stored', outcome };
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
    return stored(
      outcome,
      await persist(again, whileActive({ activation: deps.activation, onError })),
    );
  } catch (error) {
    const refused = error instanceof Refused ? error.reason : undefined;
    if (error instanceof DamagedRecord) damage = error;
    if (damage && outcome.kind !== 'deadLetter')
      return await deadLetterUnlessEnded(run, outcome, damage, deps);
    const isForEver = !damage && !isOfRedis(error);
    if (refused === undefined && !deps.activation.abandoned && isForEver) throw error;
    if (refused === undefined) deps.onError(error as Error);
    if (refused !== 'lost') return { kind: 'left', refused };
    const ours = attempts > 1 && (await readIfOurs(run, deps));
    if (!ours) return { kind: 'reassigned' };
    return { kind: 'stored', outcome, inCallbacks: ours.hasResult && ours.state !== 'finished' };
  }
}

/**
 * The first attempt may have stopped half-way at a damaged record, and have lost the lock: then
 * later ones are refused. Or the finish was done, and the next job, which it was to claim, is
 * damaged.
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

/** The job, if it was not interrupted or cancelled since the claim: our own write released it. */
async function readIfOurs({ claim }: Run, deps: CommitDeps): Promise<StoredJob | undefined> {
  const stored = await insist(deps, () => deps.store.read(claim.id));
  const { interruptions, cancellations = 0 } = stored ?? {};
  return interruptions === claim.interruptions && cancellations === claim.cancellations
    ? stored
    : undefined;
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
