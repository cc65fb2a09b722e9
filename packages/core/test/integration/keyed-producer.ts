// Producers for the tests of keys.
import { Queue } from '@drover/core';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import type { TestContext } from '../../../../test/kit/context.js';

/** A producer with a connection of its own. */
export function producer(
  { redisUrl, prefix }: TestContext,
  name: string,
  connection = redisUrl,
): Queue {
  const queue = new Queue(name, { connection, prefix });
  cleanUpLater(() => queue.close());
  return queue;
}
