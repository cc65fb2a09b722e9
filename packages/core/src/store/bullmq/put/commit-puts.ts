// The script that stores the puts of a run together with the write that commits them (J6).
import type { RedisClient } from '../../../redis/connection.js';
import { MAIN_LANE } from '../../../lib/names.js';
import type { NewStoredJob } from '../../../model/records.js';
import type { Transaction, ScriptCall } from '../scripts/transaction.js';
import { appendedEntry } from '../appended.js';
import { callbacksArgument } from '../run/callbacks.js';
import { noteDeadlines } from './deadlines.js';
import { LaneKeys } from '../keys.js';
import { sharedArgument } from './put-at.js';

/** A job that a run has put, with the name of its queue. */
export interface RunPut {
  queue: string;
  job: NewStoredJob;
  /** The key of the composite to which it is appended (C4). */
  appendTo?: string | undefined;
}

interface ClaimToken {
  id: string;
  token: string;
}

/** The write that commits the puts. */
type CommittedBy =
  | { by: 'finish'; finishToken: string }
  | { by: 'callbacks' }
  | { by: 'schedule'; chunks: number }
  | { by: 'once'; key: string; json: string };

/** Stores the puts before a finish, which is then sent under `finishToken`. */
export function putsBeforeFinish(
  keys: LaneKeys,
  claim: ClaimToken,
  puts: readonly RunPut[],
  finishToken: string,
): Transaction {
  return {
    before: [callToCommitPuts(keys, claim, puts, { by: 'finish', finishToken })],
    finishToken,
  };
}

/** Stores the puts before the result of the job is stored and its callbacks begin. */
export function putsBeforeCallbacks(
  keys: LaneKeys,
  claim: ClaimToken,
  puts: readonly RunPut[],
): Transaction {
  return {
    before: [callToCommitPuts(keys, claim, puts, { by: 'callbacks' })],
    isInseparable: true,
  };
}

/** Stores the puts after the last chunk of a schedule: the run is not repeated after that. */
export function putsAfterSchedule(
  keys: LaneKeys,
  claim: ClaimToken,
  puts: readonly RunPut[],
  chunks: number,
): Transaction {
  return {
    after: [callToCommitPuts(keys, claim, puts, { by: 'schedule', chunks })],
    isInseparable: true,
  };
}

export function callToCommitPuts(
  keys: LaneKeys,
  { id, token }: ClaimToken,
  puts: readonly RunPut[],
  committedBy: CommittedBy,
): ScriptCall {
  const shared = sharedArgument(puts.map(({ job }) => job));
  const args: (string | number)[] = [token, committedBy.by, ...detailOf(committedBy), shared];
  const lanes = new Map<string, LaneKeys>();
  for (const { queue, job, appendTo } of puts) {
    const name = `${queue}/${job.lane}`;
    const laneKeys = lanes.get(name) ?? keys.sibling(job.lane, queue);
    lanes.set(name, laneKeys);
    const { beginAfter = 0 } = job.options;
    const callbacks = callbacksArgument(laneKeys, job);
    args.push(
      laneKeys.base,
      job.id,
      job.task,
      job.args,
      JSON.stringify(job.options),
      beginAfter,
      callbacks,
    );
    args.push(appendTo ?? '', appendTo === undefined ? '' : appendedEntry(job));
  }
  return { script: 'commitPuts', keys: [keys.job(id), keys.lock(id), keys.list('active')], args };
}

/** Stores the deadlines of jobs with a `beginBy`, before the jobs. Without any it sends nothing. */
export async function preparePuts(
  client: RedisClient,
  prefix: string,
  puts: readonly RunPut[],
): Promise<void> {
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
}

function detailOf(committedBy: CommittedBy): [string | number, string] {
  switch (committedBy.by) {
    case 'finish':
      return [committedBy.finishToken, ''];
    case 'callbacks':
      return ['', ''];
    case 'schedule':
      return [committedBy.chunks, ''];
    case 'once':
      return [committedBy.key, committedBy.json];
  }
}
