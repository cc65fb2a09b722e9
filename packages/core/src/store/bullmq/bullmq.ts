// The classes of BullMQ that Drover builds on, each from its own file: all of BullMQ takes three
// times as long to load.
import type * as bullmq from 'bullmq';
import * as backend from 'bullmq/dist/cjs/classes/redis-queue-backend.js';
import * as connection from 'bullmq/dist/cjs/classes/redis-connection.js';
import * as keys from 'bullmq/dist/cjs/classes/queue-keys.js';
import type { RedisClient } from '../../redis/connection.js';

// Typed from BullMQ's index: users' compilers find no types for BullMQ's own files.
export const QueueKeys: typeof bullmq.QueueKeys = keys.QueueKeys;
export const RedisConnection: typeof bullmq.RedisConnection = connection.RedisConnection;
export const RedisQueueBackend: typeof bullmq.RedisQueueBackend = backend.RedisQueueBackend;

export type RedisConnection = bullmq.RedisConnection;
export type RedisQueueBackend = bullmq.RedisQueueBackend;

/** BullMQ's wrappers of clients. Drover makes and ends the clients itself. */
const connections = new WeakMap<RedisClient, RedisConnection>();

/** The wrapper of a client, which BullMQ's classes take. */
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
