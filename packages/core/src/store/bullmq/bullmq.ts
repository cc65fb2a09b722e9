// The parts of BullMQ that Drover builds on, each from its own file: all of BullMQ takes three times as long to load.
import { createRequire } from 'node:module';
import type * as bullmq from 'bullmq';
import { BULLMQ_VERSION, version } from './version.js';

const require = createRequire(import.meta.url);

/** Another version may have other files; it is refused before it is used (`assertBullMqVersion`). */
const load = (file: string) =>
  require(version === BULLMQ_VERSION ? `bullmq/dist/cjs/classes/${file}.js` : 'bullmq') as typeof bullmq;

export const { QueueKeys } = load('queue-keys');
export const { RedisConnection } = load('redis-connection');
export const { RedisQueueBackend } = load('redis-queue-backend');

export type RedisConnection = bullmq.RedisConnection;
export type RedisQueueBackend = bullmq.RedisQueueBackend;
