// One write of a run, repeated until its answer is clear. An ambiguous one is resolved by reading,
// never by guessing (docs/protocol/commit.md): a job that succeeded must not end failed because a
// reply was lost.
import {
  crashPoint,
  isAboutRecord,
  isOfRedis,
  refusalCode,
  RefusalCode,
  type ClaimReply,
  type LaneStore,
  type RedisClient,
  type StoredJob,
} from '@drover/core/internal';
import type { Activation, Run } from '../activation/activation.js';
import { sinceDamaged } from '../logging/log-job.js';
import type { Committed, Outcome } from '../activation/outcome.js';
import { persist, whileActive } from './pause.js';

export interface CommitDeps {
  store: LaneStore;
  client: RedisClient;
  activation: Activation;
  onError: (error: Error) => void;
  /** Whether a finish may claim the next job of its lane. */
  mayClaimNext: () => boolean;
}

/** One attempt, numbered from 0. */
type Send = (attempt: number) => Promise<ClaimReply | undefined | void>;

/** Refusals that leave the claim as it is. */
const STILL_HELD = new Set<RefusalCode>([
  RefusalCode.OF_ANOTHER_PARENT,
  RefusalCode.WAITS_FOR_IT,
  RefusalCode.STILL_ENDING,
  RefusalCode.PENDING_CHILDREN,
  RefusalCode.CALLBACKS_ADDED,
]);

/**
 * Sends one write of a run; where the first attempt is not accepted, see `writeAgain`.
 * `isRepeated`: an attempt whose reply was lost may have released the claim before this one.
 * @throws an error that does not come from Redis: what was to be written cannot be
 */
export async function write(
  run: Run,
  outcome: Outcome,
  deps: CommitDeps,
  send: Send,
  { isRepeated = false } = {},
): Promise<Committed> {
  let next: ClaimReply | undefined | void;
  try {
    next = await send(0);
  } catch (error) {
    return await writeAgain(run, outcome, deps, send, { first: error as Error, isRepeated });
  }
  return stored(outcome, next);
}

function stored(outcome: Outcome, next: ClaimReply | undefined | void): Committed {
  crashPoint('commit.after');
  if (next?.inCallbacks) return { kind: 'stored', outcome, inCallbacks: true };
  return next ? { kind: 'stored', outcome, next } : { kind: 'stored', outcome };
}

/**
 * Repeats a write whose first attempt failed, until its answer is clear. A refusal after an attempt
 * whose reply was lost means that this very attempt was stored, unless somebody has interrupted the
 * job since the claim.
 */
async function writeAgain(
  run: Run,
  outcome: Outcome,
  deps: CommitDeps,
  send: Send,
  { first, isRepeated }: { first: Error; isRepeated: boolean },
): Promise<Committed> {
  let attempts = isRepeated ? 2 : 1;
  let damage: Error | undefined;
  const onError = (error: Error): void => {
    if (isAboutRecord(error)) damage = error;
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
    const refused = refusalCode(error);
    if (isAboutRecord(error)) damage = error;
    // Its first attempt may have gone half-way, and have lost the lock: whoever tries again is
    // refused. Or it was the next job, which the finish was to claim, that is damaged.
    if (damage && outcome.kind !== 'deadLetter') {
      if (await hasEnded(run, deps)) return { kind: 'stored', outcome };
      const reason = sinceDamaged('what came of its run cannot be stored', damage);
      return await write(run, { kind: 'deadLetter', reason }, deps, () =>
        deps.store.deadLetter(run.claim, reason),
      );
    }
    if (refused === undefined && !deps.activation.abandoned && !isOfRedis(error)) throw error;
    if (refused === undefined) deps.onError(error as Error);
    if (refused === undefined || STILL_HELD.has(refused)) return { kind: 'left', refused };
    const ours = attempts > 1 && (await ifStored(run, deps));
    if (!ours) return { kind: 'reassigned' };
    return { kind: 'stored', outcome, inCallbacks: ours.hasResult && ours.state !== 'finished' };
  }
}

/**
 * The job, where nobody has taken it away since it was claimed, so that it was our own write that
 * released it.
 */
async function ifStored({ claim }: Run, deps: CommitDeps): Promise<StoredJob | undefined> {
  const stored = await insist(deps, () => deps.store.read(claim.id));
  const { interruptions, cancellations = 0 } = stored ?? {};
  return interruptions === claim.interruptions && cancellations === claim.cancellations
    ? stored
    : undefined;
}

async function hasEnded({ claim }: Run, deps: CommitDeps): Promise<boolean> {
  return (await insist(deps, () => deps.store.read(claim.id)))?.state === 'finished';
}

/** Whether its claim stands. */
export async function isHeld({ claim }: Run, deps: CommitDeps): Promise<boolean> {
  return (await insist(deps, () => deps.store.holder(claim.id))) === claim.token;
}

/** Repeats a read until it succeeds; undefined where nobody waits for it any more. */
async function insist<T>(deps: CommitDeps, read: () => Promise<T>): Promise<T | undefined> {
  return await persist(read, whileActive(deps)).catch((error: unknown) => {
    deps.onError(error as Error);
    return undefined;
  });
}
