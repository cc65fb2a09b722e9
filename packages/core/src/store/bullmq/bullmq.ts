// The parts of BullMQ that Drover builds on, each from its own file: all of BullMQ takes three
// times as long to load.
import type * as bullmq from 'bullmq';
import * as backend from 'bullmq/dist/cjs/classes/redis-queue-backend.js';
import * as connection from 'bullmq/dist/cjs/classes/redis-connection.js';
import * as keys from 'bullmq/dist/cjs/classes/queue-keys.js';
import type { RedisClient } from '../../redis/connection.js';

// Each with its type: users' compilers find none for BullMQ's own files.
export const QueueKeys: typeof bullmq.QueueKeys = keys.QueueKeys;
export const RedisConnection: typeof bullmq.RedisConnection = connection.RedisConnection;
export const RedisQueueBackend: typeof bullmq.RedisQueueBackend = backend.RedisQueueBackend;

export type RedisConnection = bullmq.RedisConnection;
export type RedisQueueBackend = bullmq.RedisQueueBackend;

/** One for each client, which Drover makes and ends itself. */
const connections = new WeakMap<RedisClient, RedisConnection>();

/** A client as BullMQ's classes take it. */
export function bullConnection(client: RedisClient): RedisConnection {
  const known = connections.get(client);
  if (known) return known;
  // BullMQ would ask the server for its version: a connection that is cut off during that question
  // would stay useless.
  const settings = {
    shared: true,
    blocking: false,
    skipVersionCheck: true,
    skipWaitingForReady: true,
  };
  const connection = new RedisConnection(client as never, settings);
  // The client reports its own errors. Without a listener BullMQ's copy of them would be uncaught.
  connection.on('error', () => {});
  connections.set(client, connection);
  return connection;
}
