// The parts of BullMQ that Drover builds on, each from its own file: all of BullMQ takes three
// times as long to load.
import type * as bullmq from 'bullmq';
import * as backend from 'bullmq/dist/cjs/classes/redis-queue-backend.js';
import * as connection from 'bullmq/dist/cjs/classes/redis-connection.js';
import * as keys from 'bullmq/dist/cjs/classes/queue-keys.js';

// Each with its type: users' compilers find none for BullMQ's own files.
export const QueueKeys: typeof bullmq.QueueKeys = keys.QueueKeys;
export const RedisConnection: typeof bullmq.RedisConnection = connection.RedisConnection;
export const RedisQueueBackend: typeof bullmq.RedisQueueBackend = backend.RedisQueueBackend;

export type RedisConnection = bullmq.RedisConnection;
export type RedisQueueBackend = bullmq.RedisQueueBackend;
