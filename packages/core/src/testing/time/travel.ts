// Time travel: what is due in an hour happens in milliseconds.
import { BadStatusError, InvalidArgumentError } from '../../errors.js';
import { describeValue } from '../../lib/describe-value.js';
import { tellTravel } from '../../lib/travels.js';
import { checkOptions } from '../../lib/unknown-options.js';
import type { Queue } from '../../queue/queue.js';
import type { QueueParts } from '../../queue/queue-parts.js';
import { age, putSchedule, readTimes, type QueueTimes } from '../../store/bullmq/travel/travel.js';
import { testTimeout, type TestWaitOptions } from '../timeout.js';
import { partsOf, untilIdle } from './idle.js';

export interface TravelOptions extends TestWaitOptions {
  /**
   * Whether time stops at each moment at which something is due, until the dispatchers have done
   * it: as `waitForIdle`, for `timeout` ms each time. Otherwise it passes at once, also while jobs
   * run. Default: true.
   */
  settle?: boolean;
}

/** Ten years. A longer time is a mistake, and would lead to times before 1970. */
const LONGEST = 10 * 366 * 24 * 3_600_000;

/**
 * Lets so much time pass in a queue: jobs whose `beginAfter` or back-off ends within it run,
 * schedules put their jobs, a `beginBy`, and a key with an `until` in ms, expires, and retention
 * removes completed jobs. All this happens in the order of the times, in a few ms each. Other
 * queues do not travel.
 *
 * Redis's clock cannot be set. Instead all times that the queue holds become earlier by `ms`: a job
 * that was put now was put an hour ago after a travel of an hour. Times that are given as a Date
 * are not told by that clock: a job put with `beginAfter: new Date(…)` after a travel needs a
 * travel of the whole way. A schedule puts its jobs with their planned times. Timers of tasks, the
 * option `timeout` of a job, and the leases of dispatchers go by the true time.
 * @param ms a whole number from 0
 * @throws TimeoutError, which names a job that runs or is due longer than `timeout` ms;
 *   InvalidArgumentError; BadStatusError where Redis was away meanwhile
 */
export async function travel(queue: Queue, ms: number, options: TravelOptions = {}): Promise<void> {
  const parts = partsOf('travel', queue);
  const look = lookFor('travel', parts, options);
  if (!Number.isInteger(ms) || ms < 0 || ms > LONGEST)
    throw new InvalidArgumentError(
      `travel takes a whole number of ms, from 0 to ten years, not ${describeValue(ms)}`,
    );
  let left = ms;
  let times = await look();
  while (left > 0) {
    const isWhole = options.settle === false;
    const step = isWhole ? left : Math.min(left, times.untilNext ?? left);
    await pass(parts, step);
    left -= step;
    times = await look();
  }
  await tellTravel();
}

/**
 * Lets time pass up to the next moment at which something of the queue is due, and until the
 * dispatchers have done it.
 * @returns how many ms have passed; undefined where nothing is going to be due, and none passed
 * @throws as `travel`
 */
export async function travelToNext(
  queue: Queue,
  options: TestWaitOptions = {},
): Promise<number | undefined> {
  const parts = partsOf('travelToNext', queue);
  const look = lookFor('travelToNext', parts, { timeout: testTimeout(options) });
  const { untilNext } = await look();
  if (untilNext === undefined) return undefined;
  await pass(parts, untilNext);
  await look();
  await tellTravel();
  return untilNext;
}

/** Puts the jobs of schedules whose time has come, and waits until the queue is idle. */
function lookFor(
  caller: string,
  parts: QueueParts,
  options: TravelOptions,
): () => Promise<QueueTimes> {
  checkOptions(caller, options, ['settle', 'timeout']);
  const { settle = true, ...others } = options;
  if (typeof settle !== 'boolean') throw new InvalidArgumentError('settle must be true or false');
  const timeout = testTimeout(others);
  return async () => {
    for (;;) {
      const times = settle
        ? await untilIdle(parts, caller, timeout)
        : await parts.store.use(readTimes);
      if (times.dueSchedules.length === 0) return times;
      for (const due of times.dueSchedules) await parts.store.use((deps) => putSchedule(deps, due));
    }
  };
}

async function pass({ store, name }: QueueParts, ms: number): Promise<void> {
  await store.use(async (deps, isRepeated) => {
    if (isRepeated)
      throw new BadStatusError(
        `the queue ${name}: Redis was away while time passed, which may have passed in part`,
      );
    await age(deps, ms);
  });
}
