// The screen that is shown, as the hash of the address: `#/queues/mail?status=failed`. The hash
// works under any path that the monitor is mounted on.
import { signal } from '@preact/signals';

export interface Route {
  /** `['queues', 'mail']`. */
  readonly path: readonly string[];
  readonly query: Readonly<Record<string, string>>;
}

/** Fields that are undefined or empty are left out. */
export type Query = Readonly<Record<string, string | undefined>>;

export const route = signal<Route>(routeIn(location.hash));

/** Follows the address. */
export function followRoute(): void {
  addEventListener('hashchange', () => {
    route.value = routeIn(location.hash);
  });
}

export function href(path: readonly string[], query: Query = {}): string {
  return `#/${addressOf(path, query)}`;
}

export function go(path: readonly string[], query: Query = {}): void {
  location.hash = href(path, query);
}

/** Changes fields of the query, and keeps the others. */
export function hrefWith({ path, query }: Route, change: Query): string {
  return href(path, { ...query, ...change });
}

/** A path and a query as they stand in an address. */
export function addressOf(path: readonly string[], query: Query = {}): string {
  const fields = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const search = fields.map(([name, value = '']) => `${encoded(name)}=${encoded(value)}`);
  return path.map(encoded).join('/') + (search.length > 0 ? `?${search.join('&')}` : '');
}

export function routeIn(hash: string): Route {
  const [path = '', search = ''] = split(hash.replace(/^#?\/?/, ''), '?');
  const fields = search.split('&').filter((field) => field !== '');
  return {
    path: path.split('/').filter(Boolean).map(decoded),
    query: Object.fromEntries(
      fields.map((field) => split(field, '=').map(decoded) as [string, string]),
    ),
  };
}

function split(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** Half a surrogate has no place in an address. */
function encoded(text: string): string {
  return encodeURIComponent(text.replace(/\p{Cs}/gu, '\ufffd'));
}

/** An address that somebody typed may have a % of its own. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
