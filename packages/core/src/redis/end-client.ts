// Ends a client of ioredis for good: it does not keep the process alive afterwards.
import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { DISCONNECT_TIMEOUT, type RedisClient } from './connection.js';

/** Private in the types of ioredis. */
interface Inside {
  setStatus: (status: 'end') => void;
  flushQueue: (error: Error) => void;
}

/** ms beyond the time after which ioredis destroys a socket that the other side does not close. */
const MARGIN = 50;

/**
 * Ends a client in any state. Resolves when its connection is closed: at once if the server
 * answers, else after the `disconnectTimeout` of the client.
 */
export async function endClient(client: RedisClient): Promise<void> {
  if (client.status === 'end') return;
  const isBetweenAttempts = client.status === 'reconnecting';
  const waiting = new AbortController();
  client.once('end', () => waiting.abort());
  client.disconnect();
  const { disconnectTimeout = DISCONNECT_TIMEOUT } = (client as Redis).options;
  const most = disconnectTimeout + MARGIN;
  if (isBetweenAttempts) {
    // ioredis would not report the end: commands would wait up to 30 s for their timeouts. It also
    // keeps a timer for the connection that was lost before.
    endInside(client);
    await pause(most);
  } else {
    await pause(most, undefined, { signal: waiting.signal }).catch(() => {});
    endInside(client);
  }
}

/** Does what ioredis does at the end of a connection that is closed on purpose. */
function endInside(client: RedisClient): void {
  if ((client.status as string) === 'end') return;
  const inside = client as unknown as Inside;
  inside.setStatus('end');
  inside.flushQueue(new Error('Connection is closed.'));
}
