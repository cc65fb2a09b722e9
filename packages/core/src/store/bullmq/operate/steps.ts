// Calls on all jobs of a queue go in steps: each is a short script, waits for a Redis that is away,
// and can be repeated.
import { SYSTEM_LANE } from '../../../lib/names.js';
import type { LaneKeys } from '../keys.js';
import { lanesOf } from '../put/lanes.js';
import type { QueueDeps, UseStore } from '../queue-access.js';

/** Makes one step. @param isRepeated an earlier attempt may have been done: its reply was lost */
export type Step = <T>(action: (deps: QueueDeps, isRepeated: boolean) => Promise<T>) => Promise<T>;

/** The steps of a call. An error of one says that those before it were done. */
export const stepsOf =
  (use: UseStore): Step =>
  (action) =>
    use(action, { inSteps: true });

/** The lanes of a queue without the system lane, which is recovery's. */
export async function ownLanes({ client, keys }: QueueDeps): Promise<LaneKeys[]> {
  const lanes = await lanesOf(client, keys.prefix, keys.queue);
  return lanes.filter((lane) => lane !== SYSTEM_LANE).map((lane) => keys.sibling(lane));
}
