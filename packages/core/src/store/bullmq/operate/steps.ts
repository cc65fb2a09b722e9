// Calls on all jobs of a queue go in steps: each is a short script, waits for a Redis that is away,
// and can be repeated.
import type { LaneKeys } from '../keys.js';
import { ownLaneKeysOf } from '../put/lanes.js';
import type { QueueDeps, UseStore } from '../queue-access.js';

/** Makes one step. @param isRepeated an earlier attempt may have been done: its reply was lost */
export type Step = <T>(action: (deps: QueueDeps, isRepeated: boolean) => Promise<T>) => Promise<T>;

/** The steps of a call. An error of one says that those before it were done. */
export const stepsOf =
  (use: UseStore): Step =>
  (action) =>
    use(action, { inSteps: true });

/** The lanes of a queue without the system lane. */
export async function ownLanes({ client, keys }: QueueDeps): Promise<LaneKeys[]> {
  return await ownLaneKeysOf(client, keys);
}
