// A way to Redis on which the reply to a chosen request is lost: it is carried out, and the connection is cut.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { cleanUpLater } from './cleanup.js';

export interface LosingProxy {
  readonly url: string;
  /** Loses the reply to the next request that contains this text; resolves when that has happened. */
  loseReplyTo(text: string): Promise<void>;
}

export async function startLosingProxy(redisUrl: string): Promise<LosingProxy> {
  const { hostname, port } = new URL(redisUrl);
  const sockets = new Set<Socket>();
  let wanted: { text: string; lost: () => void } | undefined;
  const server = createServer((client) => {
    const redis = connect(Number(port), hostname);
    let losing: (() => void) | undefined;
    client.on('data', (data) => {
      if (wanted && data.includes(wanted.text)) {
        losing = wanted.lost;
        wanted = undefined;
      }
      redis.write(data);
    });
    redis.on('data', (data) => {
      if (!losing) return client.write(data);
      client.destroy();
      redis.destroy();
      losing();
    });
    for (const [socket, other] of [
      [client, redis],
      [redis, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  cleanUpLater(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    loseReplyTo: (text) => new Promise<void>((lost) => (wanted = { text, lost })),
  };
}
