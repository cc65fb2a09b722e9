// A producer for tests: puts one job, with a callback if asked, or cancels one, and ends.
import { parallel } from '@drover/composite';
import { Queue, type Job, type JobOptions } from '@drover/core';
import { echo } from '../tasks.js';
import { setWrongClock, type WrongClock } from '../wrong-clock.js';

const {
  prefix,
  queue: name,
  withCallback = false,
  cancel,
  options = {},
  asPart = false,
  wrongClock,
} = JSON.parse(process.env['PRODUCER_OPTIONS'] ?? '{}') as {
  prefix: string;
  queue: string;
  withCallback?: boolean;
  /** The id of the job to cancel. */
  cancel?: string;
  /** Of the job that it puts. */
  options?: JobOptions;
  /** Puts it as the part of a composite. */
  asPart?: boolean;
  wrongClock?: WrongClock;
};
if (wrongClock) setWrongClock(wrongClock);
const queue = new Queue(name, { prefix });
if (cancel === undefined) {
  const job = echo.job('put').with(options);
  await queue.put<Job<unknown, []>>(asPart ? parallel([job]) : job);
  process.send?.(job.id);
  if (withCallback) await job.addCallback(echo.job());
} else {
  const job = await queue.get(cancel);
  await job?.cancel('as told');
}
await queue.close();
