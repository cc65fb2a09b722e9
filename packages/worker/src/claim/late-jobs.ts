// Ends pending jobs that have not begun by their `beginBy` (Q2), also while all slots are busy.
import type { ClaimedJob, LaneStore } from '@drover/core/internal';
import type { Activation } from '../activation/activation.js';
import type { DispatcherContext } from '../context/context.js';

export interface LateJobsDeps {
  context: DispatcherContext;
  activation: Activation;
  queue: string;
  /** Executes a claimed job, which fails since it is late. */
  execute: (claim: ClaimedJob, store: LaneStore) => Promise<unknown>;
}

/** At most so many jobs are ended in one call, so that claims get their turn. */
const MAX_JOBS = 100;

/** Returns the time of the next look: ms since 1970, 0 for never. */
export async function endLateJobs({
  context,
  activation,
  queue,
  execute,
}: LateJobsDeps): Promise<number> {
  const { store } = context;
  for (let count = 0; count < MAX_JOBS && activation.mayClaim; count++) {
    const token = activation.newToken();
    try {
      const now = store.clock.now();
      const reply = await store.claimOverdue(queue, token);
      if ('job' in reply) {
        // Not awaited: a stop waits for it as for every other run.
        void execute(reply.job, store.lane(queue, reply.job.lane))
          .catch(context.reportError)
          .finally(() => activation.retire(token));
        continue;
      }
      activation.retire(token);
      if (reply.lookAgainAt === 0 || reply.lookAgainAt > now) return reply.lookAgainAt;
    } catch (error) {
      activation.retire(token);
      throw error;
    }
  }
  return store.clock.now();
}
