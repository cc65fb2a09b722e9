// Claims that do not run here: of jobs that other processes could not run, of damaged jobs, and of
// jobs that are given back.
import type { ClaimedJob, ClaimReply } from '@drover/core/internal';
import type { Activation } from '../activation/activation.js';
import { skipDamaged } from '../recovery/skip-damaged.js';
import type { LaneState } from './lane-rotation.js';

export interface OddClaimDeps {
  activation: Pick<Activation, 'retire'>;
  /** Whether the task or policy that an unroutable job needs is known here (B1). */
  isKnown: (needs: string) => boolean;
  /** A claimed job becomes a dead letter, since its record is damaged. */
  onDeadLetter: (jobId: string, lane: string, reason: string) => void;
  onError: (error: Error) => void;
}

/** Claims a job of a lane that other processes could not run; undefined where there is none. */
export async function claimUnroutable(
  lane: LaneState,
  token: string,
  deps: OddClaimDeps,
): Promise<ClaimReply | undefined> {
  const nothing: ClaimReply = {};
  const claim = () => lane.store.claimUnroutable(token, deps.isKnown);
  const reply = await skipDamaged(deps, claim, nothing);
  return reply.job || reply.damaged ? reply : undefined;
}

/** Without this a damaged job would block the lane (B1). */
export async function deadLetter(
  damaged: NonNullable<ClaimReply['damaged']>,
  { lane, store }: LaneState,
  { onDeadLetter, onError }: OddClaimDeps,
): Promise<void> {
  onDeadLetter(damaged.id, lane, damaged.reason);
  await store.deadLetter(damaged, damaged.reason).catch(onError);
}

/** Puts a job back that came too late: after the stop, or after a change of the agent. */
export async function giveBack(
  claim: ClaimedJob,
  { store }: LaneState,
  { activation, onError }: OddClaimDeps,
): Promise<void> {
  await store.putBack(claim).catch(onError);
  activation.retire(claim.token);
}
