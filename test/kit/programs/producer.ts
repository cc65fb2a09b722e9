// A producer for tests: puts one job, with a callback if asked, and ends.
import { Queue } from '@drover/core';
import { echo } from '../tasks.js';

const {
  prefix,
  queue: name,
  withCallback = false,
} = JSON.parse(process.env['PRODUCER_OPTIONS'] ?? '{}') as {
  prefix: string;
  queue: string;
  withCallback?: boolean;
};
const queue = new Queue(name, { prefix });
const job = await queue.put(echo.job('put'));
if (withCallback) await job.addCallback(echo.job());
await queue.close();
