// A producer for tests: puts one job, and ends.
import { Queue } from '@drover/core';
import { echo } from '../tasks.js';

const { prefix, queue: name } = JSON.parse(process.env['PRODUCER_OPTIONS'] ?? '{}') as {
  prefix: string;
  queue: string;
};
const queue = new Queue(name, { prefix });
await queue.put(echo.job('put'));
await queue.close();
