// Reads the lanes of a queue, and the claims in a lane.
import { MAIN_LANE, SYSTEM_LANE, type ActiveClaim } from '@drover/core/internal';
import type { RecoveryDeps } from './recovery-deps.js';
import { skipDamaged } from './skip-damaged.js';

/** Always includes the lanes that this process serves, also if Redis has lost its list of lanes. */
export async function knownLanes(deps: RecoveryDeps, queue: string): Promise<string[]> {
  const own = deps.ownLanes(queue);
  const always = [...new Set([SYSTEM_LANE, MAIN_LANE, ...own])];
  return await skipDamaged(deps, () => deps.store.lanes(queue, own), always);
}

export async function claimsIn(
  deps: RecoveryDeps,
  queue: string,
  lane: string,
): Promise<ActiveClaim[]> {
  return await skipDamaged(deps, () => deps.store.claims(queue, lane), []);
}
