// One write of a run, repeated until its answer is clear. An ambiguous one is resolved by reading, never by guessing
// (docs/PROTOCOL.md): a job that succeeded must not end failed because a reply was lost.
import {
  crashPoint,
  isAboutRecord,
  refusalCode,
  RefusalCode,
  type ClaimReply,
  type LaneStore,
  type RedisClient,
} from '@drover/core/internal';
import type { Activation, Run } from './activation.js';
import type { Outcome } from './outcome.js';
import { persist, whileActive } from './pause.js';

/** What committing came to. `next`: the reply of a finish that claimed the next job. */
export type Committed =
  | { kind: 'stored'; outcome: Outcome; next?: ClaimReply; inCallbacks?: boolean }
  /** The claim was lost: nothing was stored (I5). */
  | { kind: 'reassigned' }
  /** It is left as it is, for whoever interrupts it; or `refused` says why it cannot be stored so. */
  | { kind: 'left'; refused?: RefusalCode };

export interface CommitPlace {
  store: LaneStore;
  client: RedisClient;
  activation: Activation;
  onTrouble: (error: Error) => void;
  /** Whether a finish may claim the next job of its lane. */
  mayClaimNext: () => boolean;
}

/** Refusals that leave the claim as it is. */
const STILL_HELD = new Set<RefusalCode>([
  RefusalCode.OF_ANOTHER_PARENT,
  RefusalCode.WAITS_FOR_IT,
  RefusalCode.PENDING_CHILDREN,
  RefusalCode.CALLBACKS_ADDED,
]);

/**
 * Repeats one write until its answer is clear. A refusal after an attempt whose reply was lost means that this very attempt
 * was stored, unless somebody has interrupted the job since the claim.
 */
export async function write(
  run: Run,
  outcome: Outcome,
  place: CommitPlace,
  send: (attempt: number) => Promise<ClaimReply | undefined | void>,
): Promise<Committed> {
  let attempts = 0;
  let damage: Error | undefined;
  const onTrouble = (error: Error): void => {
    if (isAboutRecord(error)) damage = error;
    place.onTrouble(error);
  };
  try {
    const next = await persist(
      (attempt) => {
        attempts = attempt + 1;
        return send(attempt);
      },
      whileActive({ activation: place.activation, onTrouble }),
    );
    crashPoint('commit.after');
    if (next?.inCallbacks) return { kind: 'stored', outcome, inCallbacks: true };
    return { kind: 'stored', outcome, ...(next && { next }) };
  } catch (error) {
    const refused = refusalCode(error);
    if (isAboutRecord(error)) damage = error;
    // Its first attempt may have gone half-way, and have lost the lock: whoever tries again is refused. Or it was the next job, which
    // the finish was to claim, that is damaged.
    if (damage && outcome.kind !== 'setAside') {
      if (await hasEnded(run, place)) return { kind: 'stored', outcome };
      const reason = notStorable(damage);
      return await write(run, { kind: 'setAside', reason }, place, () => place.store.setAside(run.claim, reason));
    }
    if (refused === undefined) place.onTrouble(error as Error);
    if (refused === undefined || STILL_HELD.has(refused)) return { kind: 'left', refused };
    const ours = attempts > 1 && (await wasStored(run, place));
    return ours ? { kind: 'stored', outcome } : { kind: 'reassigned' };
  }
}

/** Whether nobody has taken the job away since it was claimed, so that it was our own write that released it. */
async function wasStored({ claim }: Run, place: CommitPlace): Promise<boolean> {
  const stored = await insist(place, () => place.store.read(claim.id));
  const isCancelled = stored?.cancelled !== undefined && claim.cancelled === undefined;
  return stored !== undefined && stored.interruptions === claim.interruptions && !isCancelled;
}

function notStorable({ message }: Error): string {
  return `what came of its run cannot be stored, since something stored of it, or of a job that waits for it, is damaged: ${message}`;
}

async function hasEnded({ claim }: Run, place: CommitPlace): Promise<boolean> {
  return (await insist(place, () => place.store.read(claim.id)))?.state === 'finished';
}

/** Whether its claim stands. */
export async function isHeld({ claim }: Run, place: CommitPlace): Promise<boolean> {
  return (await insist(place, () => place.store.holder(claim.id))) === claim.token;
}

/** Repeats a read until it succeeds; undefined where nobody waits for it any more. */
async function insist<T>(place: CommitPlace, read: () => Promise<T>): Promise<T | undefined> {
  return await persist(read, whileActive(place)).catch((error: unknown) => {
    place.onTrouble(error as Error);
    return undefined;
  });
}
