// Middleware around each put of this process: `aroundPuts` (Q1, J11).
import { BadStatusError, InvalidArgumentError } from '../errors.js';
import type { Job } from '../job/job.js';
import { callInside } from '../lib/call-inside.js';
import { describeValue } from '../lib/describe-value.js';
import { toStoredMeta, type JobMeta } from '../model/meta.js';

/** A call of `put` or `putAll`, as middleware sees it. Its jobs are checked, and not stored. */
export interface Put {
  /** The name of the queue. */
  readonly queue: string;
  /** The new jobs, in order. Their parts and callbacks are not among them. */
  readonly jobs: readonly Job[];
  /**
   * The job whose run the put is a part of: its jobs are stored with the result of that run (J6).
   * Undefined where they are stored at once.
   */
  readonly run: Job | undefined;
  /**
   * Adds to the `meta` of each of the jobs. A name of their own `meta` counts before one that is
   * added, and an added one before that of the run or of the queue.
   * @throws InvalidArgumentError for what is no plain JSON, or over 2,048 bytes
   */
  addMeta(meta: JobMeta): void;
}

/**
 * Is called around each put: see `aroundPuts`.
 * @param next calls the middleware inside this one, or stores the jobs; resolves to their handles,
 *   as `putAll` gives them
 */
export type PutMiddleware = (put: Put, next: () => Promise<readonly Job[]>) => unknown;

const ONCE = 'a put stores its jobs once';
const middleware: PutMiddleware[] = [];

/**
 * Adds middleware: a function around each `put` and `putAll` of this process, through any queue,
 * `local.getQueue()` and `sibling` included, from now on. For traces, measurements, or facts of the
 * caller that go into `meta`. The first one added is the outermost. A put rejects with what it
 * throws, and with a BadStatusError where it does not call and await `next` exactly once; what it
 * returns is ignored. It sees no callbacks and parts that are added to stored jobs, and no jobs of
 * schedules. A worker thread has its own.
 * @returns removes it again
 * @throws InvalidArgumentError where it is no function
 */
export function aroundPuts(added: PutMiddleware): () => void {
  if (typeof added !== 'function')
    throw new InvalidArgumentError(
      `aroundPuts takes a function, async (put, next) => …, but got ${describeValue(added)}`,
    );
  // The same function may be there twice.
  const own: PutMiddleware = (put, next) => added(put, next);
  middleware.push(own);
  return () => {
    const at = middleware.indexOf(own);
    if (at >= 0) middleware.splice(at, 1);
  };
}

class MadePut implements Put {
  meta: JobMeta | undefined;

  constructor(
    readonly queue: string,
    readonly jobs: readonly Job[],
    readonly run: Job | undefined,
  ) {}

  addMeta(meta: JobMeta): void {
    this.meta = toStoredMeta({ ...this.meta, ...meta });
  }

  toString(): string {
    const [first] = this.jobs;
    const what = this.jobs.length === 1 ? String(first) : `${this.jobs.length} jobs`;
    return `the put of ${what} into ${this.queue}`;
  }
}

/**
 * Calls `store` inside the middleware.
 * @param store gets what was added to the `meta` of the jobs
 * @throws what the middleware throws; BadStatusError
 */
export async function putInside(
  { queue, jobs, run }: Pick<Put, 'queue' | 'jobs' | 'run'>,
  store: (meta: JobMeta | undefined) => Promise<Job[]>,
): Promise<Job[]> {
  if (middleware.length === 0 || jobs.length === 0) return await store(undefined);
  const put = new MadePut(queue, jobs, run);
  let stored: Job[] | undefined;
  const inner = async (): Promise<Job[]> => (stored = await store(put.meta));
  // Whatever one returns, the one around it gets the handles.
  const all = middleware.map((one) => async (of: Put, next: () => Promise<unknown>) => {
    await one(of, next as () => Promise<Job[]>);
    return stored;
  });
  await callInside<Put>(all, put, inner, ONCE);
  if (stored) return stored;
  throw new BadStatusError(
    `a middleware did not call its next(), for ${String(put)}: nothing is stored. To refuse a ` +
      'put, throw an error',
  );
}
