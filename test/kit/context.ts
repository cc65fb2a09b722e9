// Each test file gets for itself a prefix in the common Redis, queues there, and their removal
// after it.
import { randomBytes, randomUUID } from 'node:crypto';
import { Queue } from '@drover/core';
import { Redis } from 'ioredis';
import { cleanUpLater } from './cleanup.js';

export interface TestContext {
  /** The Redis of this run, `$REDIS_URL`. */
  readonly redisUrl: string;
  /** In braces, so that a cluster keeps a test's keys together. */
  readonly prefix: string;
  /** A connection of the test's own, to look at what is there. */
  readonly redis: Redis;
  /** A queue under the prefix: the same object for the same name. */
  queue(name: string): Queue;
}

/** For the uuid of a dispatcher. */
export const newUuid = (): string => randomUUID();

/** Call it once at the top of a test file. `file`: the test file's name, to be seen in the keys. */
export function testContext(file: string, redisUrl = process.env['REDIS_URL']): TestContext {
  if (!redisUrl)
    throw new Error('REDIS_URL is not set: run tests by `npm test`, which starts a Redis');
  const prefix = `{drover-${file}-${randomBytes(4).toString('hex')}}`;
  // A file that cannot be loaded leaves no connection behind, for which Jest would wait.
  const redis = new Redis(redisUrl, { lazyConnect: true });
  const queues = new Map<string, Queue>();
  cleanUpLater(async () => {
    await Promise.all([...queues.values()].map((queue) => queue.close()));
    await removeKeys(redis, `${prefix}*`);
    await redis.quit();
  });
  return {
    redisUrl,
    prefix,
    redis,
    queue(name) {
      const queue = queues.get(name) ?? new Queue(name, { connection: redisUrl, prefix });
      queues.set(name, queue);
      return queue;
    },
  };
}

async function removeKeys(redis: Redis, match: string): Promise<void> {
  let cursor = '0';
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', match, 'COUNT', 1_000);
    if (keys.length > 0) await redis.unlink(...keys);
    cursor = next;
  } while (cursor !== '0');
}
