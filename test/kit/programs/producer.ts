// A producer for tests: puts one job, with a callback if asked, or cancels one, and ends.
import { Queue } from '@drover/core';
import { echo } from '../tasks.js';

const {
  prefix,
  queue: name,
  withCallback = false,
  cancel,
} = JSON.parse(process.env['PRODUCER_OPTIONS'] ?? '{}') as {
  prefix: string;
  queue: string;
  withCallback?: boolean;
  /** The id of the job to cancel. */
  cancel?: string;
};
const queue = new Queue(name, { prefix });
if (cancel === undefined) {
  const job = await queue.put(echo.job('put'));
  if (withCallback) await job.addCallback(echo.job());
} else {
  const job = await queue.get(cancel);
  await job?.cancel('as told');
}
await queue.close();
