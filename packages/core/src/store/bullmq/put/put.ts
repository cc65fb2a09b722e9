// Puts jobs. Their ids were made by the client, so that a put can be repeated.
import type { RedisClient } from '../../../redis/connection.js';
import { BadStatusError, InvalidArgumentError } from '../../../errors.js';
import { chunksOf } from '../../../lib/chunks.js';
import { uuidv4 } from '../../../lib/uuid.js';
import type { NewStoredJob, PutInstead } from '../../../model/records.js';
import type { LaneKeys } from '../keys.js';
import { jobArguments } from './job-arguments.js';
import { noteDeadlines } from './deadlines.js';
import { laneOf, sharedArgument } from './put-at.js';
import { CHUNK, runScript } from '../scripts/run-script.js';
import { callWith, stage } from './staged.js';

/**
 * The jobs in one call where some have a key, a quota or a rate limit: looking at these takes as
 * long as storing a job, or longer.
 */
const SHORT_CHUNK = 250;

/** So many of these jobs are stored in one call of the script. */
export function chunkOf(jobs: readonly NewStoredJob[]): number {
  const isSlow = ({ options: { key, quotas = [], rateLimits = [] } }: NewStoredJob) =>
    key !== undefined || quotas.length > 0 || rateLimits.length > 0;
  return jobs.some(isSlow) ? SHORT_CHUNK : CHUNK;
}

/** The id of a call that may replace jobs (Q8); empty for any other. */
export function putCallOf(jobs: readonly NewStoredJob[]): string {
  return jobs.some(({ options }) => options.whenTaken === 'replace') ? uuidv4() : '';
}

/**
 * Puts jobs into the lanes of a queue.
 * @param main the keys of the main lane of the queue
 * @param call see `putCallOf`
 * @param isRepeated an earlier call may have put them, and its reply was lost
 * @returns by the ids of jobs that are not stored there: those in their places, which another
 *   holder has put (J12), or which have their keys (Q8)
 * @throws BadStatusError, InvalidArgumentError where another job has the key of one
 */
export async function putIntoLanes(
  client: RedisClient,
  main: LaneKeys,
  jobs: readonly NewStoredJob[],
  call: string,
  isRepeated: boolean,
): Promise<ReadonlyMap<string, PutInstead>> {
  const instead = new Map<string, PutInstead>();
  await noteDeadlines(client, main, jobs);
  for (const lane of new Set(jobs.map((job) => job.lane))) {
    const keys = main.sibling(lane);
    const ofLane = jobs.filter((job) => job.lane === lane);
    const left = isRepeated ? await notPutBefore(client, keys, ofLane) : ofLane;
    if (left.length === 0) continue;
    await putJobs(client, keys, left, call, instead);
  }
  return instead;
}

/**
 * Puts jobs into a lane, in order; those of one call all or none.
 * @param instead gets the jobs in the places of those that are not stored
 */
async function putJobs(
  client: RedisClient,
  keys: LaneKeys,
  jobs: readonly NewStoredJob[],
  call: string,
  instead: Map<string, PutInstead>,
): Promise<void> {
  for (const chunk of chunksOf(jobs, chunkOf(jobs))) {
    // Sent at once: puts that begin in one turn of the event loop are stored in order (Q1).
    const staged = stage(client, keys, chunk);
    const args = staged.jobs.flatMap((job) => jobArguments(keys, job));
    const scriptKeys = [keys.job(chunk[0]?.id ?? '')];
    args.unshift(keys.base, sharedArgument(chunk), call);
    const put = () => runScript(client, 'putJobs', scriptKeys, args);
    const reply = (await callWith(staged, put)) as string[];
    for (let i = 0; i < reply.length; i += 3) {
      const [id = '', key = '', what = ''] = reply.slice(i, i + 3);
      const found = { id: key.slice(key.lastIndexOf(':') + 1), ...placeOf(keys, key) };
      if (what in REFUSALS) throw REFUSALS[what as keyof typeof REFUSALS](chunk, id, found);
      instead.set(id, found);
    }
  }
}

function placeOf(keys: LaneKeys, key: string): { queue: string; lane: string } {
  const { queue, lane } = laneOf(keys, key);
  return { queue, lane };
}

const keyOf = (jobs: readonly NewStoredJob[], id: string): string =>
  JSON.stringify(jobs.find((job) => job.id === id)?.options.key);

const REFUSALS = {
  refuse: (jobs: readonly NewStoredJob[], id: string, found: PutInstead) =>
    new BadStatusError(
      `job ${id} was not put: job ${found.id} in lane ${found.lane} has its key ${keyOf(jobs, id)} (whenTaken: 'refuse')`,
    ),
  'other task': (jobs: readonly NewStoredJob[], id: string, found: PutInstead) =>
    new InvalidArgumentError(
      `job ${id} was not put: it cannot replace job ${found.id}, which has its key ${keyOf(jobs, id)}, since that one is of ` +
        'another task. Give the jobs of each task keys of their own',
    ),
};

/**
 * The jobs that an earlier call has not put. Without this check a job that was put, and has been
 * pulled since, would be put a second time (Q3).
 */
async function notPutBefore(
  client: RedisClient,
  keys: LaneKeys,
  jobs: readonly NewStoredJob[],
): Promise<NewStoredJob[]> {
  const left: NewStoredJob[] = [];
  for (const chunk of chunksOf(jobs, CHUNK)) {
    const found = await Promise.all(
      chunk.map(async ({ id, pulledBy }) => {
        const [isThere, pulled] = await Promise.all([
          client.exists(keys.job(id)),
          client.get(keys.pulled(id)),
        ]);
        // This very put follows a pull, which does not count.
        const isPulledSince = pulled !== null && pulled.split(' ', 1)[0] !== pulledBy;
        return isThere === 1 || isPulledSince;
      }),
    );
    left.push(...chunk.filter((_, n) => !found[n]));
  }
  return left;
}
