// Lets an HTTP server listen, and ends it with all of its connections.
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InvalidArgumentError } from '@drover/core';

export interface Place {
  /** 0: one that is free. */
  port: number;
  host: string;
}

export interface RunningServer {
  /** Such as http://127.0.0.1:9464, without a path. */
  readonly url: string;
  readonly port: number;
  /** Ends it, and all of its connections. */
  close(): Promise<void>;
}

/**
 * @throws InvalidArgumentError for a bad port or host; else as `listen` of node:net, where the port
 *   is taken
 */
export async function listen(server: Server, { port, host }: Place): Promise<RunningServer> {
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError('port must be a whole number from 0 to 65535');
  if (typeof host !== 'string' || host === '')
    throw new InvalidArgumentError('host must be an address, such as 127.0.0.1 or 0.0.0.0');
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: `http://${name}:${address.port}`,
    port: address.port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
