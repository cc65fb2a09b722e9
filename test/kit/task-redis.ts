// The Redis that tasks use. ioredis is imported with the first of them, since most processes of the
// tests run none.
import type { Redis } from 'ioredis';
import { cleanUpLater } from './cleanup.js';

export async function taskRedis(): Promise<Redis> {
  const { Redis } = await import('ioredis');
  const redis = new Redis(process.env['REDIS_URL'] ?? '');
  cleanUpLater(() => redis.disconnect());
  return redis;
}
