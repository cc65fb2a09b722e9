// A small HTTP server: pages without arguments, for probes and scrapes.
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InvalidArgumentError } from '@drover/core';
import { withoutSecrets } from '../text/clean.js';

export interface Page {
  /** Default: 200. */
  status?: number;
  /** The content type. */
  type: string;
  body: string;
}

export interface PageServer {
  /** Such as http://127.0.0.1:9464, without a path. */
  readonly url: string;
  readonly port: number;
  /** Ends it, and all of its connections. */
  close(): Promise<void>;
}

export interface Place {
  /** 0: one that is free. */
  port: number;
  host: string;
}

const TEXT = 'text/plain; charset=utf-8';

/**
 * @param pages by path
 * @throws InvalidArgumentError for a bad port or host; else as `listen` of node:net, where the port
 *   is taken
 */
export async function servePages(
  pages: Readonly<Record<string, () => Page | Promise<Page>>>,
  { port, host }: Place,
): Promise<PageServer> {
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError('port must be a whole number from 0 to 65535');
  if (typeof host !== 'string' || host === '')
    throw new InvalidArgumentError('host must be an address, such as 127.0.0.1 or 0.0.0.0');
  const server = createServer(({ method, url = '' }, response) => {
    const path = url.split('?')[0] ?? '';
    const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
    if (method !== 'GET' && method !== 'HEAD')
      send(response, { status: 405, type: TEXT, body: 'only GET and HEAD\n' });
    else if (!page) {
      const body = `there is ${Object.keys(pages).join(', ')}\n`;
      send(response, { status: 404, type: TEXT, body });
    } else void answer(response, page);
  });
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

async function answer(response: ServerResponse, page: () => Page | Promise<Page>): Promise<void> {
  try {
    send(response, await page());
  } catch (error) {
    const body = `${withoutSecrets((error as Error).message)}\n`;
    send(response, { status: 500, type: TEXT, body });
  }
}

/** Node leaves the body out of the answer to a HEAD. */
function send(response: ServerResponse, { status = 200, type, body }: Page): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}
