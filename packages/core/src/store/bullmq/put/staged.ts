// Sends long arguments before the script that stores their jobs (lua/lib/record/staged.lua): the
// script gets the key of them instead.
import type { RedisClient } from '../../../redis/connection.js';
import { propertyOf } from '../../../lib/careful.js';
import { isReplyError } from '../../../redis/redis-errors.js';
import { uuidv4 } from '../../../lib/uuid.js';
import type { NewStoredJob } from '../../../model/records.js';
import type { LaneKeys } from '../keys.js';
import { LONG, sizeOf } from '../long-fields.js';

/** In ms. A script that comes later refuses its call, which is made again. */
const EXPIRES = 60_000;
/** The arguments of so many bytes together go into one call of a script. */
const MOST = 5 * LONG;
/** Shorter ones, in bytes, cost less within the call. */
const SHORT = 2_000;

type Stageable = Pick<NewStoredJob, 'id' | 'args' | 'callbacks'>;

/** Jobs for one call of a script. */
export interface Staged<J> {
  /** The same jobs. In the place of long arguments is the key under which they are staged. */
  jobs: J[];
  /** Resolves when Redis has them. A script that is sent on the same connection comes later. */
  sent: Promise<unknown>;
}

export function stage<J extends Stageable>(
  client: RedisClient,
  keys: LaneKeys,
  jobs: readonly J[],
): Staged<J> {
  const sent: Promise<unknown>[] = [];
  let left = MOST;
  const send = <T extends Stageable>(job: T): T => {
    const size = sizeOf(job.args);
    const isInCall = size <= LONG && (size <= SHORT || size <= left);
    if (isInCall) left -= size;
    if (isInCall && !job.callbacks?.length) return job;
    const args = isInCall ? job.args : stageArgs(client, keys, job, sent);
    return { ...job, args, ...(job.callbacks && { callbacks: job.callbacks.map(send) }) };
  };
  return { jobs: jobs.map(send), sent: Promise.all(sent) };
}

/**
 * Stages the jobs of some items, and waits until Redis has them.
 * @param jobOf the job of an item; undefined where nothing is to be staged
 * @returns the items, with what a script gets in the place of long arguments
 */
export async function stageIn<T extends { job: unknown }>(
  client: RedisClient,
  keys: LaneKeys,
  items: readonly T[],
  jobOf: (item: T) => NewStoredJob | undefined,
): Promise<T[]> {
  const jobs = items.map(jobOf);
  const staged = stage(
    client,
    keys,
    jobs.filter((job) => job !== undefined),
  );
  await staged.sent;
  let next = 0;
  return items.map((item, i) => (jobs[i] ? { ...item, job: staged.jobs[next++] } : item));
}

/**
 * Calls a script with staged arguments, at once. A client of a Cluster that does not know its nodes
 * yet may send it before them: then it is called again.
 * @throws the error of the arguments first, which says why the script has not found them
 */
export async function callWith<R>({ sent }: Staged<unknown>, call: () => Promise<R>): Promise<R> {
  const reply = call();
  // Its error is thrown below, after that of the arguments.
  reply.catch(() => {});
  await sent;
  return await reply.catch((error: unknown) => {
    if (isReplyError(error) && error.message.startsWith('GONE ')) return call();
    throw error;
  });
}

/** Returns what a script gets instead of the arguments. */
function stageArgs(
  client: RedisClient,
  keys: LaneKeys,
  { id, args }: Pick<NewStoredJob, 'id' | 'args'>,
  sent: Promise<unknown>[],
): string {
  const key = keys.staged(id, uuidv4());
  // Together: arguments that no script takes expire in any case.
  const sending = client.multi().hset(key, 'data', args).pexpire(key, EXPIRES).exec();
  sent.push(sending.catch(throwReason));
  return `staged:${key}`;
}

/** Redis says that it has discarded a transaction: the errors before that say why. */
function throwReason(error: unknown): never {
  const before = propertyOf(error, 'previousErrors');
  throw (Array.isArray(before) && (before[0] as Error | undefined)) || error;
}
