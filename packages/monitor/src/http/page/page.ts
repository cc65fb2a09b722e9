// Serves the page: index.html at the root, which is asked for anew each time, and assets whose
// names change with their content.
import type { Hono } from 'hono';
import type { Env } from '../guards.js';

const INDEX = 'index.html';
const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

export function addPage(app: Hono<Env>): void {
  app.get('/', async (c) => {
    const { pathname } = new URL(c.req.url);
    // The page's own addresses are relative: without the slash they would miss the last folder.
    if (!pathname.endsWith('/')) return c.redirect(`./${pathname.split('/').at(-1)}/`);
    return c.body((await pageFiles())[INDEX] ?? '', 200, headersOf(INDEX));
  });
  app.get('/assets/:name', async (c, next) => {
    const path = `assets/${c.req.param('name')}`;
    const files = await pageFiles();
    if (!Object.hasOwn(files, path)) return await next();
    c.header('Cache-Control', 'private, max-age=31536000, immutable');
    return c.body(files[path] ?? '', 200, headersOf(path));
  });
}

/** The version of this package. */
export async function pageVersion(): Promise<string> {
  return (await import('./files.generated.js')).version;
}

/** Loaded when the page is first asked for: workers that only have metrics do without it. */
async function pageFiles(): Promise<Readonly<Record<string, string>>> {
  return (await import('./files.generated.js')).files;
}

function headersOf(path: string): Record<string, string> {
  const extension = path.slice(path.lastIndexOf('.') + 1);
  return { 'Content-Type': TYPES[extension] ?? 'application/octet-stream' };
}
