// The puts of a run, which a script stores together with the write that commits them (J6).
import type { RedisClient } from '../../../redis/connection.js';
import { MAIN_LANE } from '../../../lib/names.js';
import type { RunPut } from '../../../model/lane-store.js';
import type { NewStoredJob } from '../../../model/records.js';
import { appendedEntry } from '../appended.js';
import { jobArguments } from './job-arguments.js';
import { noteDeadlines } from './deadlines.js';
import { LaneKeys } from '../keys.js';
import { sharedArgument } from './put-at.js';
import { stageIn } from './staged.js';

/** The puts as arguments of a script, in the order that `store-puts` reads. */
export function putArguments(keys: LaneKeys, puts: readonly RunPut[]): (string | number)[] {
  const args: (string | number)[] = [sharedArgument(puts.map(({ job }) => job)), puts.length];
  const lanes = new Map<string, LaneKeys>();
  for (const { queue, job, appendTo } of puts) {
    const name = `${queue}/${job.lane}`;
    const laneKeys = lanes.get(name) ?? keys.sibling(job.lane, queue);
    lanes.set(name, laneKeys);
    args.push(laneKeys.base, ...jobArguments(laneKeys, job), appendTo ?? '');
    args.push(appendTo === undefined ? '' : appendedEntry(job));
  }
  return args;
}

/**
 * Stores the deadlines of jobs with a `beginBy`, before the jobs, and sends long arguments. Without
 * any it sends nothing.
 * @returns the puts for the script
 */
export async function preparePuts(
  client: RedisClient,
  { prefix }: LaneKeys,
  puts: readonly RunPut[],
): Promise<readonly RunPut[]> {
  if (puts.length === 0) return puts;
  const queues = new Map<string, NewStoredJob[]>();
  for (const { queue, job } of puts) {
    const jobs = queues.get(queue);
    if (jobs) jobs.push(job);
    else queues.set(queue, [job]);
  }
  for (const [queue, jobs] of queues) {
    const keys = new LaneKeys(prefix, queue, MAIN_LANE);
    await noteDeadlines(client, keys, jobs);
  }
  const main = new LaneKeys(prefix, puts[0]?.queue ?? '', MAIN_LANE);
  // A composite keeps the whole content of an appended job, so that one goes with the call.
  return await stageIn(client, main, puts, ({ job, appendTo }) =>
    appendTo === undefined ? job : undefined,
  );
}
