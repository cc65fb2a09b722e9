// Puts fifty jobs at once into a Redis that has become a replica, and makes it a master again when
// it has refused them.
import { Queue } from '@drover/core';
import { Redis } from 'ioredis';
import { echo } from '../tasks.js';

const url = process.env['REDIS_URL'] ?? '';
const admin = new Redis(url);
const queue = new Queue('jobs', { connection: url });
await queue.put(echo.job(1));
await admin.replicaof('127.0.0.1', 1);
const puts = Array.from({ length: 50 }, () => queue.put(echo.job(1)));
const refused = async (): Promise<number> =>
  Number(/errorstat_READONLY:count=(\d+)/.exec(await admin.info('errorstats'))?.[1] ?? 0);
while ((await refused()) < puts.length);
await admin.replicaof('NO', 'ONE');
await Promise.all(puts);
console.log(`${await queue.length()} jobs.`);
await queue.close();
await admin.quit();
process.disconnect?.();
