// Runs one job in the test's own process, with a dispatcher of its own.
import { randomUUID } from 'node:crypto';
import {
  asJob,
  BadStatusError,
  type BareTask,
  checkOptions,
  InvalidArgumentError,
  type Job,
  JobStatus,
  Queue,
  type ConnectionInput,
} from '@drover/core';
import { describeValue } from '@drover/core/internal';
import { travelToNext, waitForIdle, type TestWaitOptions } from '@drover/core/testing';
import { InlineDispatchers } from './inline-dispatchers.js';

export interface RunInlineOptions extends TestWaitOptions {
  /**
   * The queue of the job: it is put there, or was put there. Default: a queue of its own, which is
   * removed afterwards; a job that was put needs its queue.
   */
  queue?: Queue;
  /** Where a queue of its own is, as of a `Queue`. Default: `$REDIS_URL`. */
  connection?: ConnectionInput;
}

/**
 * Runs a job in this process, with its parts, postprocess and callbacks, and all that its task
 * puts into its queue meanwhile: as a dispatcher does, under its rules, in Redis. Back-offs and
 * `beginAfter` pass at once, as with `travel`. Where the queue is given, its other pending jobs run
 * as well.
 * @param what a job, put or new; or a task without arguments
 * @returns the value
 * @throws the failure as an Error; TimeoutError where a run takes longer than `timeout` ms;
 *   BadStatusError where the job waits for something that does not come in this process;
 *   InvalidArgumentError; SerializationError and the other errors of a put
 */
export async function runInline<R>(
  what: Job<R, []> | BareTask<R>,
  options: RunInlineOptions = {},
): Promise<R> {
  checkOptions('runInline', options, ['queue', 'connection', 'timeout']);
  const { queue: given, connection, ...wait } = options;
  const job = asJob(what, 'the job of runInline') as Job<R, []>;
  checkQueue(job, given, connection);
  const queue =
    given ??
    new Queue('inline', { prefix: `{inline-${randomUUID()}}`, ...(connection && { connection }) });
  const dispatchers = new InlineDispatchers(queue);
  try {
    if (job.status === JobStatus.NEW) await queue.put(job, { immediate: true });
    await finish(job, queue, dispatchers, wait);
    return await job.wait();
  } finally {
    await dispatchers.end();
    if (!given) {
      await queue.obliterate({ force: true });
      await queue.close();
    }
  }
}

function checkQueue(job: Job, queue: unknown, connection: unknown): void {
  if (queue !== undefined && !(queue instanceof Queue))
    throw new InvalidArgumentError(`queue must be a Queue, not ${describeValue(queue)}`);
  if (queue !== undefined && connection !== undefined)
    throw new InvalidArgumentError('runInline takes a queue or a connection: a queue has one');
  if (queue === undefined && job.status !== JobStatus.NEW)
    throw new InvalidArgumentError(`${String(job)} was put: runInline needs its queue`);
  if (queue instanceof Queue && job.status !== JobStatus.NEW && job.queue !== queue.name)
    throw new InvalidArgumentError(
      `${String(job)} is in the queue ${job.queue}, not ${queue.name}`,
    );
}

/** Lets time pass from one due time to the next, until the job has completed. */
async function finish(
  job: Job,
  queue: Queue,
  dispatchers: InlineDispatchers,
  wait: TestWaitOptions,
): Promise<void> {
  for (;;) {
    while (await dispatchers.serveAllLanes()) await waitForIdle(queue, wait);
    if ((await job.refresh()).status === JobStatus.COMPLETED) return;
    if ((await travelToNext(queue, wait)) !== undefined) continue;
    // A job may have completed, or come into a new lane, meanwhile.
    if ((await job.refresh()).status === JobStatus.COMPLETED) return;
    if (await dispatchers.serveAllLanes()) continue;
    throw new BadStatusError(
      `${String(job)} is ${job.status}, and nothing is due that would let it go on: it waits for ` +
        'a job of another queue, a quota, a queue that is paused, or a task of another process',
    );
  }
}
