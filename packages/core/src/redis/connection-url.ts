// Reads the URL of a Redis: each part of it is used, or refused. No message repeats the URL, since
// it may hold a password (B2).
import type { RedisOptions } from 'ioredis';
import { InvalidArgumentError } from '../errors.js';
import { checkUser } from './connection-options.js';

const FORM = 'redis://user:password@host:port/database';

/** The parameters that a URL may have: the database, and some options of ioredis. */
const QUERY: Readonly<Record<string, (text: string) => number | string | undefined>> = {
  db: wholeNumber,
  family: (text) => (/^[046]$/.test(text) ? Number(text) : undefined),
  connectTimeout: wholeNumber,
  connectionName: (text) => text || undefined,
};

/**
 * The options of ioredis for a URL.
 * @param setting where the URL was given, as errors name it: `connection`, `$REDIS_URL`
 * @throws InvalidArgumentError, which names the part that is not understood
 */
export function optionsOfUrl(text: string, setting: string): RedisOptions {
  const refuse = (what: string): never => {
    throw new InvalidArgumentError(`${setting} ${what}`);
  };
  const url = URL.canParse(text)
    ? new URL(text)
    : refuse('is not a valid URL: write redis://host:port');
  const { protocol, hostname, port, username, password, hash } = url;
  if (protocol !== 'redis:' && protocol !== 'rediss:')
    refuse(`must be a redis:// or rediss:// URL, not ${protocol}//`);
  if (!/^rediss?:\/\//i.test(text)) refuse(`has no // before the host: write ${FORM}`);
  if (port === '0') refuse('has the port 0, which no server listens on');
  if (hash) refuse(`has a # in it: write %23 for one in a password, and nothing behind ${FORM}`);
  const path = url.pathname.slice(1);
  if (!/^\d*$/.test(path)) refuse('must have a number as its database: redis://host:port/0');
  checkUser(setting, { username, password });
  const query = queryOf(url.searchParams, refuse);
  if (path && query.db !== undefined)
    refuse('names the database twice: behind the host, and as ?db=');
  const decoded = (part: string): string => {
    try {
      return decodeURIComponent(part);
    } catch {
      return refuse('must have its user and password percent-encoded: write %25 for %');
    }
  };
  return {
    host: hostname.replace(/^\[|\]$/g, '') || '127.0.0.1',
    port: Number(port || 6379),
    ...(username && { username: decoded(username) }),
    ...(password && { password: decoded(password) }),
    ...(path && { db: Number(path) }),
    ...query,
    ...(protocol === 'rediss:' && { tls: {} }),
  };
}

function queryOf(params: URLSearchParams, refuse: (what: string) => never): RedisOptions {
  const options: Record<string, number | string> = {};
  for (const [name, text] of params) {
    const read = Object.hasOwn(QUERY, name) ? QUERY[name] : undefined;
    if (!read)
      refuse(
        `has ?${name}=, which Drover does not know: it takes ${Object.keys(QUERY).join(', ')}. ` +
          'For all else give an object of ioredis options',
      );
    if (name in options) refuse(`has ?${name}= twice`);
    options[name] = read?.(text) ?? refuse(`has a ?${name}= that is not what it must be`);
  }
  return options as RedisOptions;
}

function wholeNumber(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
