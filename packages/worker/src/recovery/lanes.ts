// Reads the lanes of a queue, and the claims in a lane.
import {
  lanesWithOwn,
  MAIN_LANE,
  readActiveClaims,
  SYSTEM_LANE,
  type ActiveClaim,
  type LaneKeys,
} from '@drover/core/internal';
import type { RecoveryDeps } from './recovery-deps.js';
import { skipIfWrongType } from './skip-if-wrong-type.js';

/** Always includes the lanes that this process serves, also if Redis has lost its list of lanes. */
export async function knownLanes(deps: RecoveryDeps, queue: string): Promise<string[]> {
  const { client, prefix, ownLanes } = deps;
  const own = ownLanes(queue);
  const always = [...new Set([SYSTEM_LANE, MAIN_LANE, ...own])];
  return await skipIfWrongType(deps, () => lanesWithOwn(client, prefix, queue, own), always);
}

export async function claimsIn(deps: RecoveryDeps, keys: LaneKeys): Promise<ActiveClaim[]> {
  return await skipIfWrongType(deps, () => readActiveClaims(deps.client, keys), []);
}
