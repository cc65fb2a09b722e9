// Checks an object of ioredis options that is given as `connection`. ioredis ignores an option that
// it does not know, and connects to localhost, or to database 0. So each option is used here, or
// refused by its name.
import type { RedisOptions } from 'ioredis';
import { isIP } from 'node:net';
import { InvalidArgumentError } from '../errors.js';
import { describeValue } from '../lib/describe-value.js';

/** Each option of ioredis 6; ioredis 5 has no others. */
const OPTIONS: ReadonlySet<string> = new Set(
  Object.keys({
    Connector: true,
    autoPipeliningIgnoredCommands: true,
    autoResendUnfulfilledCommands: true,
    autoResubscribe: true,
    blockingTimeout: true,
    blockingTimeoutGrace: true,
    clientInfoTag: true,
    commandQueue: true,
    commandTimeout: true,
    connectTimeout: true,
    connectionName: true,
    db: true,
    disableClientInfo: true,
    disconnectTimeout: true,
    enableAutoPipelining: true,
    enableOfflineQueue: true,
    enableReadyCheck: true,
    enableTLSForSentinelMode: true,
    failoverDetector: true,
    family: true,
    himportFieldsets: true,
    host: true,
    keepAlive: true,
    keyPrefix: true,
    lazyConnect: true,
    maxLoadingRetryTime: true,
    maxRetriesPerRequest: true,
    monitor: true,
    name: true,
    natMap: true,
    noDelay: true,
    offlineQueue: true,
    password: true,
    path: true,
    port: true,
    preferredSlaves: true,
    protocol: true,
    readOnly: true,
    reconnectOnError: true,
    replyMapping: true,
    retryStrategy: true,
    role: true,
    scripts: true,
    sentinelCommandTimeout: true,
    sentinelMaxConnections: true,
    sentinelPassword: true,
    sentinelReconnectStrategy: true,
    sentinelRetryStrategy: true,
    sentinelTLS: true,
    sentinelUsername: true,
    sentinels: true,
    showFriendlyErrorStack: true,
    socketTimeout: true,
    stringNumbers: true,
    tls: true,
    updateSentinels: true,
    username: true,
  } satisfies Record<keyof RedisOptions, true>),
);

/** Names of options in other clients of Redis, each with the advice for the error. */
const MEANT: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ['url uri href connectionString', "give the URL itself: connection: 'redis://host:port'"],
    ['socket', 'it is of the package redis: give host, port and tls themselves'],
    ['hostname address', 'write host'],
    ['database', 'write db'],
    ['user', 'write username'],
    ['pass auth auth_pass', 'write password'],
    ['ssl secure', 'write tls: {}'],
    [
      'nodes rootNodes startupNodes redisOptions cluster',
      'for a Cluster give a client of ioredis: new Cluster(nodes, options)',
    ],
    ['client connection redis', 'give the client itself as connection'],
  ].flatMap(([names = '', meant = '']) => names.split(' ').map((name) => [name, meant])),
);

/**
 * With a wrong value of one of these options ioredis would connect to another server. Each check
 * returns what the option must be; undefined for a right value.
 */
const CHECKS: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  host: (value) =>
    typeof value === 'string' && value !== '' && (isIP(value) > 0 || !/[/:@\s]/.test(value))
      ? undefined
      : 'a host name or an address, without a port: a URL is given as connection itself',
  port: (value) => (isWhole(value, 1, 65_535) ? undefined : 'a whole number, from 1 to 65535'),
  db: (value) => (isWhole(value, 0) ? undefined : 'a whole number, from 0'),
  path: (value) => (typeof value === 'string' && value !== '' ? undefined : 'the path of a socket'),
  family: (value) => ([0, 4, 6].includes(value as number) ? undefined : '4, 6, or 0 for both'),
  tls: (value) =>
    (typeof value === 'object' && !Array.isArray(value)) ||
    typeof value === 'boolean' ||
    /^RedisCloud/.test(String(value))
      ? undefined
      : 'an object of options of TLS, such as {}',
  sentinels: (value) =>
    isSentinels(value) ? undefined : 'an array with { host, port } of each sentinel',
};

/**
 * The options for ioredis, checked. One that is undefined or null counts as not given.
 * @throws InvalidArgumentError, which names the option; its value is not shown, since it may hold a
 *   password (B2)
 */
export function optionsOf(input: object): RedisOptions {
  const unknown = Object.keys(input).find((name) => !OPTIONS.has(name));
  if (unknown !== undefined) throw new InvalidArgumentError(refusalOf(unknown));
  // Read by name: a copy of own properties would lose getters and inherited properties.
  const entries = [...OPTIONS].map(
    (name) => [name, (input as Record<string, unknown>)[name]] as const,
  );
  const given = entries.filter(([, value]) => value !== undefined && value !== null);
  if (given.length === 0 && !isPlain(input))
    throw new InvalidArgumentError(
      'connection is an object without any option of ioredis, such as a promise that is not ' +
        'awaited: give { host, port }',
    );
  for (const [name, value] of given) {
    const must = CHECKS[name]?.(value);
    if (must !== undefined) throw new InvalidArgumentError(`connection.${name} must be ${must}`);
  }
  const options = Object.fromEntries(given) as RedisOptions & { tls?: unknown };
  checkUser('connection', options);
  const { sentinels, name } = options;
  if (sentinels && !name)
    throw new InvalidArgumentError(
      "connection has sentinels and no name: give that of the master, name: 'mymaster'",
    );
  if (options.port !== undefined) options.port = Number(options.port);
  if (options.db !== undefined) options.db = Number(options.db);
  if ((options.tls as unknown) === true) options.tls = {};
  if ((options.tls as unknown) === false) delete options.tls;
  return options;
}

/** @throws InvalidArgumentError for a user without a password: ioredis would log in as `default` */
export function checkUser(setting: string, { username, password }: RedisOptions): void {
  if (username && username !== 'default' && !password)
    throw new InvalidArgumentError(
      `${setting} names a user and no password: Redis would take the user default. Give both`,
    );
}

function refusalOf(name: string): string {
  const meant = Object.hasOwn(MEANT, name)
    ? MEANT[name]
    : 'ioredis has no such option, and would ignore it';
  return `connection has no option ${describeValue(name)}: ${meant}`;
}

/** Whether it is a whole number, or its digits, as from a variable of the environment. */
function isWhole(value: unknown, least: number, most = Infinity): boolean {
  if (typeof value === 'string') return /^\d+$/.test(value) && isWhole(Number(value), least, most);
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

function isSentinels(value: unknown): boolean {
  if (!Array.isArray(value) || value.length === 0) return false;
  return value.every((one: unknown) => {
    if (typeof one !== 'object' || one === null) return false;
    const entries = Object.entries(one).filter(([, item]) => item !== undefined && item !== null);
    return (
      entries.some(([key]) => key === 'host') &&
      entries.every(
        ([key, item]) =>
          ['host', 'port', 'family'].includes(key) && CHECKS[key]?.(item) === undefined,
      )
    );
  });
}

/** Whether it is a plain object, also of another realm. */
function isPlain(input: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(input);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
