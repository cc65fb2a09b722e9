// Retries, cancels or removes all jobs that pass a filter (Q11). First it notes which jobs pass.
// Then it changes one after another: a job that has changed meanwhile is skipped.
import { Failure } from '../../codec/failure.js';
import { failureWithin } from '../../codec/data-size.js';
import { CancelledError, InvalidArgumentError } from '../../errors.js';
import { chunksOf } from '../../lib/chunks.js';
import { SYSTEM_LANE } from '../../lib/names.js';
import { checkWhole } from '../../lib/whole-number.js';
import type { StoredJobOptions } from '../../model/job-options.js';
import { JobStatus } from '../../model/job-state.js';
import type { StoredJob } from '../../model/records.js';
import { removeEnded, removeSome } from '../../store/bullmq/operate/remove-all.js';
import { ownLanes, stepsOf } from '../../store/bullmq/operate/steps.js';
import { listAll } from '../../store/bullmq/read/list-all.js';
import { listJobs } from '../../store/bullmq/read/list.js';
import { toListing, type ListOptions } from '../list-options.js';
import type { QueueParts } from '../queue-parts.js';
import { checkStop, type StopOptions } from './stop-options.js';

/** Options of a call on all jobs that pass a filter. */
export interface ChangeAllOptions extends StopOptions {
  /** Only counts the jobs. Default: false. */
  dryRun?: boolean | undefined;
  /**
   * So many jobs at most, from 0: those that were counted before. Jobs that pass the filter since
   * then are left. Default: all.
   */
  most?: number | undefined;
}

/** How many jobs passed the filter, and how many of them the call has changed. */
export interface ChangedJobs {
  matched: number;
  done: number;
}

/** A job that passed the filter. */
interface Match {
  id: string;
  lane: string;
  task: string;
  isEnded: boolean;
  hasFailed: boolean;
  /** Of a job with a `beginBy`. */
  options?: StoredJobOptions;
}

/** Changes matches. Returns how many it has changed. */
type Change = (matches: readonly Match[], mayGoOn: () => boolean) => Promise<number>;

/** So many jobs are changed at a time. */
const AT_ONCE = 50;

export async function retryAll(
  parts: QueueParts,
  filter: ListOptions,
  options: ChangeAllOptions,
): Promise<ChangedJobs> {
  const retry = async ({ id, lane, options: stored = {} }: Match): Promise<boolean> =>
    (await parts.store.retry(id, lane, stored)) === 'retried';
  const ofEnded: ListOptions = { status: 'failed', ...filter };
  return await changeAll('retryAll', parts, ofEnded, options, {
    change: oneByOne(retry),
    mayMatch: ({ isEnded, hasFailed }) => !isEnded || hasFailed,
  });
}

export async function cancelAll(
  parts: QueueParts,
  filter: ListOptions,
  options: ChangeAllOptions & { reason?: string | undefined },
): Promise<ChangedJobs> {
  const { reason, ...others } = options;
  if (reason !== undefined && typeof reason !== 'string')
    throw new InvalidArgumentError('the reason of cancelAll must be a string');
  const error = new CancelledError(reason ?? 'the job was cancelled, with others of its queue');
  const failure = failureWithin(Failure.from(error), parts.gateway.maxDataBytes);
  const cancel = async ({ id, lane, task }: Match): Promise<boolean> => {
    const done = await parts.store.cancel(id, task, lane, failure);
    return done === 'taken' || done === 'marked' || done === 'already';
  };
  const status = [JobStatus.PENDING, JobStatus.ACTIVE];
  return await changeAll('cancelAll', parts, { status, ...filter }, others, {
    change: oneByOne(cancel),
  });
}

export async function removeAll(
  parts: QueueParts,
  filter: ListOptions,
  options: ChangeAllOptions,
): Promise<ChangedJobs> {
  return await changeAll('removeAll', parts, filter, options, { change: removing(parts) });
}

async function changeAll(
  of: string,
  { store }: QueueParts,
  filter: ListOptions,
  options: ChangeAllOptions,
  { change, mayMatch = () => true }: { change: Change; mayMatch?: (match: Match) => boolean },
): Promise<ChangedJobs> {
  const mayGoOn = checkStop(of, options, ['dryRun', 'most']);
  const { dryRun = false, most = Infinity } = options;
  if (typeof dryRun !== 'boolean') throw new InvalidArgumentError('dryRun must be true or false');
  checkWhole('most', most, { from: 0, orInfinity: true });
  const { filter: listed, start, count, lane } = toListing(filter);
  if (lane === SYSTEM_LANE)
    throw new InvalidArgumentError(`${of}: the lane ${SYSTEM_LANE} has recovery's own jobs`);
  // Positions are those of one reading of the lists.
  const hasPositions = filter.end !== undefined || start > 0;
  const length = filter.end === undefined ? Infinity : count;
  const found = await stepsOf(store.use)(async (deps) => {
    const lanes = lane === undefined ? await ownLanes(deps) : [deps.keys.sibling(lane)];
    const how = { keep: toMatch, mayGoOn };
    if (!hasPositions) return await listAll(deps.client, lanes, listed, how);
    return [...(await listJobs(deps.client, lanes, listed, start, length, how)).values()];
  });
  const matches = found.filter(mayMatch).slice(0, most);
  const done = dryRun ? 0 : await change(matches, mayGoOn);
  return { matched: matches.length, done };
}

function toMatch({ id, lane, task, state, options, result }: StoredJob): Match {
  const hasFailed = result !== undefined && 'failure' in result;
  const match = { id, lane, task, isEnded: state === 'finished', hasFailed };
  return options.beginBy === undefined ? match : { ...match, options };
}

function oneByOne(act: (match: Match) => Promise<boolean>): Change {
  return async (matches, mayGoOn) => {
    let done = 0;
    for (const chunk of chunksOf(matches, AT_ONCE)) {
      if (!mayGoOn()) break;
      done += (await Promise.all(chunk.map(act))).filter((isDone) => isDone).length;
    }
    return done;
  };
}

/** Pending and completed jobs are removed, each kind of a lane together. */
function removing({ store }: QueueParts): Change {
  const step = stepsOf(store.use);
  return async (matches, mayGoOn) => {
    let done = 0;
    for (const lane of new Set(matches.map((match) => match.lane))) {
      const ofLane = matches.filter((match) => match.lane === lane);
      const [ended, pending] = [true, false].map((isEnded) =>
        ofLane.filter((match) => match.isEnded === isEnded).map(({ id }) => id),
      ) as [string[], string[]];
      for (let next = 0; next < pending.length && mayGoOn();) {
        const ids = pending.slice(next, next + AT_ONCE);
        const removed = await step(({ client, keys }, isRepeated) =>
          removeSome(client, keys.sibling(lane), ids, isRepeated),
        );
        done += removed.filter((isRemoved) => isRemoved).length;
        next += removed.length;
      }
      for (const ids of chunksOf(ended, AT_ONCE)) {
        if (!mayGoOn()) return done;
        done += await step(({ client, keys }) =>
          removeEnded(client, keys.sibling(lane), ids, mayGoOn),
        );
      }
    }
    return done;
  };
}
