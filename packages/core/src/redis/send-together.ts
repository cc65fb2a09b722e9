// Sends the commands of one turn of the event loop in one write. A write to a socket costs more
// than a short command does otherwise, on both sides. Many slots of a dispatcher send their
// commands in the same turn, since the replies that they waited for came together.
import type { Socket } from 'node:net';
import { Cluster, type Redis } from 'ioredis';

/** Holds for each connection that the client makes. */
export function sendTogether(client: Redis | Cluster): void {
  if (client instanceof Cluster) client.on('+node', (node: Redis) => onEachStream(node));
  else onEachStream(client);
}

function onEachStream(client: Redis): void {
  client.on('connect', () => collectWrites(client.stream as Socket));
}

/** Nothing waits longer than to the end of the callbacks that are due now. */
function collectWrites(stream: Socket): void {
  const write = stream.write.bind(stream);
  let isCollecting = false;
  const send = (): void => {
    isCollecting = false;
    stream.uncork();
  };
  stream.write = ((...args: Parameters<typeof write>) => {
    if (!isCollecting) {
      isCollecting = true;
      stream.cork();
      process.nextTick(send);
    }
    return write(...args);
  }) as typeof stream.write;
}
