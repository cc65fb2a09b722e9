// Waits for a job in several lanes, on a connection that blocks.
import type { RedisClient } from '../../../redis/connection.js';
import type { LaneKeys } from '../keys.js';

/** One of the lanes has, or will have, a job to claim. */
export interface DueJob {
  /** The index of the lane among the given ones. */
  lane: number;
  /** Milliseconds since 1970 at which a delayed job is due; 0 for at once. */
  due: number;
}

/**
 * Waits until there may be a job to claim in one of these lanes.
 * @param timeout ms
 * @returns undefined after the timeout
 */
export async function waitForJob(
  blockingClient: RedisClient,
  lanes: readonly LaneKeys[],
  timeout: number,
): Promise<DueJob | undefined> {
  const markers = lanes.map(({ marker }) => marker);
  const popped = await blockingClient.bzpopmin(...markers, Math.max(timeout, 2) / 1000);
  return popped ? { lane: markers.indexOf(popped[0]), due: Number(popped[2]) } : undefined;
}
