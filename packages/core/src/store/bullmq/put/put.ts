// Puts jobs. Their ids were made by the client, so that a put can be repeated.
import type { RedisClient } from '../../../redis/connection.js';
import { chunksOf } from '../../../lib/chunks.js';
import type { NewStoredJob } from '../../../model/records.js';
import { callbacksArgument } from '../run/callbacks.js';
import type { LaneKeys } from '../keys.js';
import { optionsText } from './option-text.js';
import { noteDeadlines } from './deadlines.js';
import { laneOf, sharedArgument } from './put-at.js';
import { CHUNK, runScript } from '../scripts/run-script.js';
import { callWith, stage } from './staged.js';

/**
 * Puts jobs into the lanes of a queue.
 * @param main the keys of the main lane of the queue
 * @param isRepeated an earlier call may have put them, and its reply was lost
 * @returns the lanes of the jobs that another holder has put elsewhere (J12), by the ids of the
 *   jobs
 */
export async function putIntoLanes(
  client: RedisClient,
  main: LaneKeys,
  jobs: readonly NewStoredJob[],
  isRepeated: boolean,
): Promise<ReadonlyMap<string, LaneKeys>> {
  const elsewhere = new Map<string, LaneKeys>();
  await noteDeadlines(client, main, jobs);
  for (const lane of new Set(jobs.map((job) => job.lane))) {
    const keys = main.sibling(lane);
    const ofLane = jobs.filter((job) => job.lane === lane);
    const left = isRepeated ? await notPutBefore(client, keys, ofLane) : ofLane;
    if (left.length === 0) continue;
    for (const key of await putJobs(client, keys, left))
      elsewhere.set(key.slice(key.lastIndexOf(':') + 1), laneOf(keys, key));
  }
  return elsewhere;
}

/**
 * Puts jobs into a lane, in order, up to a thousand of them all or none.
 * @returns the keys of the jobs that another holder has put elsewhere
 */
async function putJobs(
  client: RedisClient,
  keys: LaneKeys,
  jobs: readonly NewStoredJob[],
): Promise<string[]> {
  const elsewhere: string[] = [];
  for (const chunk of chunksOf(jobs, CHUNK)) {
    // Sent at once: puts that begin in one turn of the event loop are stored in order (Q1).
    const staged = stage(client, keys, chunk);
    const args = staged.jobs.flatMap((job) => {
      const { id, task, args, options } = job;
      const callbacks = callbacksArgument(keys, job);
      return [id, task, args, optionsText(options), options.beginAfter ?? 0, callbacks];
    });
    const scriptKeys = [keys.job(chunk[0]?.id ?? '')];
    args.unshift(keys.base, sharedArgument(chunk));
    const put = () => runScript(client, 'putJobs', scriptKeys, args);
    elsewhere.push(...((await callWith(staged, put)) as string[]));
  }
  return elsewhere;
}

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
