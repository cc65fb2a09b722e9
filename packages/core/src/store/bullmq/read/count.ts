// Counts jobs by what they do. It costs the same however many jobs there are.
import type { RedisClient } from '../../../redis/connection.js';
import { SYSTEM_LANE } from '../../../lib/names.js';
import type { JobCounts, QueueCounts } from '../../../model/counts.js';
import type { LaneKeys } from '../keys.js';
import { runScript } from '../scripts/run-script.js';

/**
 * So many jobs at the head of a lane are looked at. A woken job is among the due ones there, but is
 * active or in callbacks. With more jobs before it, it counts as due.
 */
const DEPTH = 1_000;
/** So many claimed ones: where more are claimed, the parts of further packs count as due. */
const MOST_ACTIVE = 10_000;

interface LaneNumbers extends JobCounts {
  /** Of the pending and active ones: jobs that cancel others. */
  cancels: number;
}

/** The numbers of a lane at one moment. */
async function countLane(client: RedisClient, keys: LaneKeys): Promise<LaneNumbers> {
  const args = [keys.base, DEPTH, MOST_ACTIVE];
  const reply = await runScript(client, 'countJobs', [keys.list('wait')], args);
  const [due = 0, delayed = 0, waitingForQuota = 0, active = 0, callbacks = 0, ...ended] = (
    reply as number[]
  ).map(Number);
  const [succeeded = 0, failed = 0, setAside = 0, cancels = 0] = ended;
  return {
    ...{ pending: due + delayed + waitingForQuota, due, delayed, waitingForQuota },
    ...{ active, callbacks, completed: succeeded + failed, succeeded, failed, setAside },
    cancels,
  };
}

/** The number of pending jobs, due or not, in these lanes. */
export async function countPending(client: RedisClient, lanes: readonly LaneKeys[]) {
  const counts = await Promise.all(lanes.map((keys) => countLane(client, keys)));
  return counts.reduce((sum, { pending }) => sum + pending, 0);
}

export async function countJobs(
  client: RedisClient,
  lanes: readonly LaneKeys[],
): Promise<QueueCounts> {
  const counted = await Promise.all(lanes.map((keys) => countLane(client, keys)));
  let interrupted = 0;
  const byLane = lanes.map(({ lane }, i): [string, JobCounts] => {
    const { cancels, ...counts } = counted[i] as LaneNumbers;
    if (lane === SYSTEM_LANE) interrupted = counts.pending + counts.active - cancels;
    return [lane, counts];
  });
  const total = (name: keyof JobCounts): number =>
    byLane.reduce((sum, [, counts]) => sum + counts[name], 0);
  return {
    pending: total('pending'),
    due: total('due'),
    delayed: total('delayed'),
    waitingForQuota: total('waitingForQuota'),
    active: total('active'),
    callbacks: total('callbacks'),
    completed: total('completed'),
    succeeded: total('succeeded'),
    failed: total('failed'),
    interrupted,
    setAside: total('setAside'),
    lanes: Object.fromEntries(byLane),
  };
}
