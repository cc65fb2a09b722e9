// Jobs that need a task, a policy or a codec that this process does not know (B1).
import { definedPolicy, definedTasks, type ClaimedJob } from '@drover/core/internal';
import type { Outcome } from '../activation/outcome.js';

/** In ms. The delay doubles with each offer, up to the longest. */
const FIRST_DELAY = 1_000;
const MAX_DELAY = 30_000;

/**
 * Gives the job back for a while, so that another process can take it.
 * @param needs such as `task:images.resize`, `policy:patient` or `codec:money`
 */
export function postponeUnroutable(
  { unroutableOffers }: ClaimedJob,
  needs: string,
  { message }: { message: string },
): Outcome {
  const delay = Math.min(FIRST_DELAY * 2 ** unroutableOffers, MAX_DELAY);
  return { kind: 'postponed', delay, unknown: { needs, reason: message } };
}

/**
 * Whether this process knows what another one did not. False for a codec: the job may need several,
 * and only reading its arguments tells.
 */
export function isKnownHere(needs: string): boolean {
  const colon = needs.indexOf(':');
  const [kind, name] = [needs.slice(0, colon), needs.slice(colon + 1)];
  if (kind === 'task') return definedTasks.named(name) !== undefined;
  return kind === 'policy' && definedPolicy(name) !== undefined;
}
