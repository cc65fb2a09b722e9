// The page at the root: the routes of the API, as plain HTML without scripts and styles.
import type { Route } from './route.js';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** Its links are relative: open it with a slash at the end of its address. */
export function indexPage(routes: readonly Route[]): string {
  const rows = routes.map(({ method, path, about }) => {
    const isLink = method === 'get' && !path.includes(':');
    const shown = escaped(path);
    const name = isLink ? `<a href=".${shown}">${shown}</a>` : `<code>${shown}</code>`;
    return `<tr><td>${method.toUpperCase()}</td><td>${name}</td><td>${escaped(about)}</td></tr>`;
  });
  return (
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Drover</title>\n' +
    '<meta name="viewport" content="width=device-width"></head><body><h1>Drover</h1>\n' +
    '<p>The API of this monitor (<a href="./api/openapi.json">openapi.json</a>):</p>\n' +
    `<table>\n${rows.join('\n')}\n</table></body></html>\n`
  );
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (found) => ENTITIES[found] ?? found);
}
