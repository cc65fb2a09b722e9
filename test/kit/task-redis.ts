// The Redis that tasks use. ioredis is loaded with the first of them, since most processes of the
// tests run none; by `require`, since Jest forbids an `import()` while tests run side by side.
import type * as Ioredis from 'ioredis';
import { createRequire } from 'node:module';
import { cleanUpLater } from './cleanup.js';

const require = createRequire(import.meta.url);

export async function taskRedis(): Promise<Ioredis.Redis> {
  const ioredis = require('ioredis') as typeof Ioredis;
  const redis = new ioredis.Redis(process.env['REDIS_URL'] ?? '');
  cleanUpLater(() => {
    // A second `disconnect` would leave a timer of two seconds, which Jest reports as a leak.
    if (redis.status !== 'end') redis.disconnect();
  });
  return redis;
}
