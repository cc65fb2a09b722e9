import { defineTask } from '@drover/core';
import { isMainThread } from 'node:worker_threads';

export const double = defineTask('load.double', async (n) => 2 * n);
export const where = defineTask('load.where', async () =>
  isMainThread ? 'main thread' : 'thread',
);
