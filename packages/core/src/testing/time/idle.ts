// Waits until the dispatchers of a queue have nothing to do.
import { setTimeout as delay } from 'node:timers/promises';
import { InvalidArgumentError, TimeoutError } from '../../errors.js';
import { describeValue } from '../../lib/describe-value.js';
import { queueParts, type QueueParts } from '../../queue/queue-parts.js';
import { Queue } from '../../queue/queue.js';
import { readTimes, type QueueTimes, type Work } from '../../store/bullmq/travel/travel.js';
import { testTimeout, type TestWaitOptions } from '../timeout.js';

/** Ms between two looks. */
const INTERVAL = 3;

/**
 * Waits until the queue is idle: in the lanes that active dispatchers serve no job runs, and no job
 * is due. Jobs that are not due, that wait for a quota, for other jobs, or in a paused queue, are
 * not waited for. Without an active dispatcher it resolves at once.
 * @throws TimeoutError, which names a job that runs or is due; InvalidArgumentError
 */
export async function waitForIdle(queue: Queue, options: TestWaitOptions = {}): Promise<void> {
  await untilIdle(partsOf('waitForIdle', queue), 'waitForIdle', testTimeout(options));
}

/** The same. Returns when the next times come. */
export async function untilIdle(
  { store }: QueueParts,
  caller: string,
  timeout: number,
): Promise<QueueTimes> {
  const end = performance.now() + timeout;
  for (;;) {
    const times = await store.use(readTimes);
    if (!times.work) return times;
    if (performance.now() >= end) throw stillBusy(caller, times.work, timeout);
    await delay(INTERVAL);
  }
}

function stillBusy(caller: string, { lane, kind, jobId, count }: Work, timeout: number): Error {
  const jobs = count === 1 ? `job ${jobId} is` : `${count} jobs, such as ${jobId}, are`;
  const state = kind === 'due' ? 'due, and not claimed' : kind;
  return new TimeoutError(
    `${caller}: after ${timeout} ms ${jobs} still ${state} in the lane ${lane}` +
      (caller === 'waitForIdle' ? '' : ': with { settle: false } time passes all the same'),
  );
}

/** @throws InvalidArgumentError where `queue` is no queue of this version of @drover/core */
export function partsOf(caller: string, queue: Queue): QueueParts {
  if (queue instanceof Queue) return queue[queueParts];
  throw new InvalidArgumentError(
    `${caller} takes a Queue of @drover/core, not ${describeValue(queue)}`,
  );
}
