// A small HTTP server: pages without arguments, for probes and scrapes.
import { createServer, type ServerResponse } from 'node:http';
import { listen, type Place, type RunningServer } from '../serve/listen.js';
import { withoutSecrets } from '../text/clean.js';

export interface Page {
  /** Default: 200. */
  status?: number;
  /** The content type. */
  type: string;
  body: string;
}

const TEXT = 'text/plain; charset=utf-8';

/**
 * @param pages by path
 * @throws as `listen`
 */
export async function servePages(
  pages: Readonly<Record<string, () => Page | Promise<Page>>>,
  place: Place,
): Promise<RunningServer> {
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
  return await listen(server, place);
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
