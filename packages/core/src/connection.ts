// Connections to Redis: whatever the user gave becomes ioredis clients with the settings that each use needs.
import type { Cluster, ClusterNode, ClusterOptions, Redis, RedisOptions } from 'ioredis';
// An `import` would read through all of its files for what they export, before it loads them.
import ioredis = require('ioredis');
import { discreet } from './discreet.js';
import { InvalidArgumentError } from './errors.js';
import { giveUpWhenSilent } from './silent-connections.js';

/** A client of ioredis, of one server or of a cluster. */
export type RedisClient = Redis | Cluster;

/** How users say where Redis is: a URL, ioredis options, or an ioredis client, which is not used itself but copied. */
export type ConnectionInput = string | RedisOptions | RedisClient;

/** A place that clients can be made for: plain data, so that it can be sent to a thread. */
export type ConnectionPlace =
  { kind: 'server'; options: RedisOptions } | { kind: 'cluster'; nodes: ClusterNode[]; options: ClusterOptions };

const DEFAULT_URL = 'redis://127.0.0.1:6379';

/** Of a client that waits for something to happen, whatever limits others are given. */
const AS_LONG_AS_TOLD = { commandTimeout: undefined, socketTimeout: undefined, blockingTimeout: undefined };

/** Options that decide what replies look like, and when and where commands are sent: what Drover sends counts on these. */
const COUNTED_ON = { enableAutoPipelining: false, enableOfflineQueue: true };
const COUNTED_ON_OF_SERVER = {
  ...COUNTED_ON,
  autoResubscribe: true,
  monitor: false,
  readOnly: false,
  replyMapping: 'legacy',
  stringNumbers: false,
} satisfies RedisOptions;
const COUNTED_ON_OF_CLUSTER = { ...COUNTED_ON, scaleReads: 'master' } satisfies ClusterOptions;

/** ms that a server may leave a request, or a command that is no blocking read, without an answer. */
const SILENT_AFTER = 5_000;

/**
 * ms that a blocking read lasts at most. The rest of `SILENT_AFTER` is left to a server that is slow: a script may keep it for 3 s.
 */
export const MOST_BLOCK = 2_000;

/** Options of ioredis, and after how many ms without a reply a connection is given up. */
export interface ClientSettings extends RedisOptions {
  silentAfter: number;
}

/** What a client is for: each use fails, waits and resends in its own way. */
export const clientSettings = {
  /**
   * Producers: what fails is told at once, and repeated by `Availability`, so that nothing is left to be sent after a call has given up.
   * Without the ready check a server that is loading says so.
   */
  producer: {
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    commandTimeout: SILENT_AFTER,
    silentAfter: SILENT_AFTER,
    enableReadyCheck: false,
  },
  /** Dispatchers: a claim that is resent claims another job, so nothing is; what hangs is given up (docs/PROTOCOL.md). */
  dispatcher: {
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: SILENT_AFTER,
    silentAfter: SILENT_AFTER,
  },
  /** Subscriptions to channels: they can be repeated, and wait as long as it takes. */
  reading: { maxRetriesPerRequest: null, silentAfter: SILENT_AFTER, ...AS_LONG_AS_TOLD },
  /**
   * Blocking reads, of `MOST_BLOCK` ms at most: one that is cut off fails at once, since a later one would take a marker that is meant
   * for another.
   */
  blocking: {
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    silentAfter: SILENT_AFTER,
    ...AS_LONG_AS_TOLD,
  },
} satisfies Record<string, ClientSettings>;

/** What the user may set otherwise: a server, or a sentinel, that takes a connection and says nothing is not waited for any longer. */
const WAITS: RedisOptions = {
  connectTimeout: SILENT_AFTER,
  /** A sentinel answers from memory: after so many ms the next one is asked. */
  sentinelCommandTimeout: 1_000,
  /** A server that loads its data is asked again this often, in ms. */
  maxLoadingRetryTime: 1_000,
};

/** So many attempts take the ten seconds in which a server restarts, or sentinels fail over. */
const QUICK_ATTEMPTS = 20;

/**
 * ms until a connection is tried again. At first at least twice a second, since everything waits for
 * it. Later every two seconds: a server that comes back after long is not met by all processes at once.
 */
const reconnects = (times: number): number =>
  Math.min(100 * 2 ** Math.min(times - 1, 5), times <= QUICK_ATTEMPTS ? 500 : 2_000);

/** One that gives up would leave jobs with a dispatcher that pings, and can do nothing else: it goes on all the same. */
function retrying(strategy: ((times: number, reason?: Error) => unknown) | null | undefined) {
  return (times: number, reason?: Error): number => {
    const delay = strategy?.(times, reason);
    return typeof delay === 'number' ? delay : reconnects(times);
  };
}

/** A server that takes no writes may be one that was the master: its name, or the sentinels, may lead to another one now. */
const reconnectOnError = (error: Error): boolean => /\bREADONLY\b/.test(error.message);

/**
 * Leaves a server that takes no writes, where a transaction says so: its scripts fail within the reply to EXEC, which ioredis does not
 * look through. On a Cluster such a node says where the master is.
 */
export function leaveIfReadOnly(client: RedisClient, error: Error): void {
  if (!client.isCluster && client.status === 'ready' && reconnectOnError(error)) (client as Redis).disconnect(true);
}

/**
 * How long the process may live for the sake of a closed connection. ioredis waits its time out also where the connection was gone
 * before, and takes 2 s by default.
 */
export const DISCONNECT_TIMEOUT = 200;

/**
 * Where `input` points to; without one, `$REDIS_URL` or redis://127.0.0.1:6379.
 * @throws InvalidArgumentError where it is none of the things a connection can be, or has a `keyPrefix`.
 */
export function connectionPlace(input: ConnectionInput | undefined): ConnectionPlace {
  const place = placeOf(input);
  const { options } = place;
  if (options.keyPrefix || (place.kind === 'cluster' && place.options.redisOptions?.keyPrefix))
    throw new InvalidArgumentError(
      'connection has a keyPrefix, which scripts of Redis know nothing of: use the option prefix',
    );
  return place;
}

function placeOf(input: ConnectionInput | undefined): ConnectionPlace {
  if (input === undefined) return { kind: 'server', options: fromUrl(process.env['REDIS_URL'] ?? DEFAULT_URL) };
  if (typeof input === 'string') return { kind: 'server', options: fromUrl(input) };
  if (typeof input === 'object' && input !== null && isClient(input))
    return input.isCluster ? ofCluster(input as Cluster) : { kind: 'server', options: plain((input as Redis).options) };
  if (typeof input === 'object' && input !== null) return { kind: 'server', options: input };
  throw new InvalidArgumentError(
    'connection must be a redis:// URL, an object of ioredis options, or an ioredis client',
  );
}

/** @throws InvalidArgumentError for a prefix that is none, or whose keys a Cluster would spread over its slots */
export function checkPrefix(prefix: unknown, { kind }: ConnectionPlace): asserts prefix is string {
  if (typeof prefix !== 'string' || prefix === '')
    throw new InvalidArgumentError('prefix must be a string that is not empty');
  if (kind === 'cluster' && !/\{[^}]+\}/.test(prefix))
    throw new InvalidArgumentError('prefix must have braces on a Cluster, which keep all keys in one slot: {drover}');
}

/**
 * The place as a thread can get it: without functions, which no thread can be sent. What they decide, such as when to
 * reconnect, is then done as ioredis does it by default.
 * @throws InvalidArgumentError where something else in it cannot be sent
 */
export function placeForThread(place: ConnectionPlace): ConnectionPlace {
  const plainPlace = withoutFunctions(place) as ConnectionPlace;
  try {
    return structuredClone(plainPlace);
  } catch (error) {
    throw new InvalidArgumentError(
      `connection has something in it that no thread can be sent: ${(error as Error).message}`,
    );
  }
}

function withoutFunctions(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutFunctions);
  const isRecord = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  if (!isRecord) return value;
  const entries = Object.entries(value).filter(([, item]) => typeof item !== 'function');
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutFunctions(item)]));
}

/** A client for that place, connecting now. Its errors are given to `onError`: a client without a listener would throw them. */
export function connect(
  place: ConnectionPlace,
  { silentAfter, ...settings }: ClientSettings,
  onError: (error: Error) => void,
): RedisClient {
  const client =
    place.kind === 'cluster'
      ? new ioredis.Cluster(place.nodes, {
          ...place.options,
          ...(place.options.clusterRetryStrategy && {
            clusterRetryStrategy: retrying(place.options.clusterRetryStrategy),
          }),
          ...COUNTED_ON_OF_CLUSTER,
          redisOptions: {
            disconnectTimeout: DISCONNECT_TIMEOUT,
            ...WAITS,
            ...place.options.redisOptions,
            ...COUNTED_ON_OF_SERVER,
            ...settings,
          },
        })
      : new ioredis.Redis({
          reconnectOnError,
          disconnectTimeout: DISCONNECT_TIMEOUT,
          ...WAITS,
          ...place.options,
          retryStrategy: retrying(place.options.retryStrategy),
          ...(place.options.sentinelRetryStrategy && {
            sentinelRetryStrategy: retrying(place.options.sentinelRetryStrategy),
          }),
          ...COUNTED_ON_OF_SERVER,
          ...settings,
        });
  client.on('error', (error: Error) => {
    // ioredis goes on in database 0: what is meant for another one must not come to stand there.
    if (isOfSelect(error)) (client as Redis).disconnect(true);
    onError(discreet(error));
  });
  giveUpWhenSilent(client, silentAfter);
  return client;
}

/** Whether a server has refused the database that is to be used. */
function isOfSelect(error: Error & { command?: { name?: string } }): boolean {
  return error.name === 'ReplyError' && error.command?.name === 'select';
}

function fromUrl(url: string): RedisOptions {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    // The text is not repeated: it may hold a password.
    throw new InvalidArgumentError('connection is not a valid URL: write redis://host:port');
  }
  if (parsed.protocol !== 'redis:' && parsed.protocol !== 'rediss:') {
    throw new InvalidArgumentError(`connection must be a redis:// or rediss:// URL, not ${parsed.protocol}//`);
  }
  const db = parsed.pathname.slice(1);
  if (!/^\d*$/.test(db))
    throw new InvalidArgumentError('the database in connection must be a number: redis://host:port/0');
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, '') || '127.0.0.1',
    port: Number(parsed.port || 6379),
    ...(parsed.username && { username: decoded(parsed.username) }),
    ...(parsed.password && { password: decoded(parsed.password) }),
    ...(db && { db: Number(db) }),
    ...(parsed.protocol === 'rediss:' && { tls: {} }),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new InvalidArgumentError('user and password in connection must be percent-encoded: write %25 for %');
  }
}

function isClient(input: object): input is RedisClient {
  return ['connect', 'disconnect', 'duplicate'].every(
    (name) => typeof (input as Record<string, unknown>)[name] === 'function',
  );
}

function ofCluster(cluster: Cluster): ConnectionPlace {
  // Before it has connected it knows only those that it was given; ioredis has no public name for them.
  const { startupNodes = [] } = cluster as unknown as { startupNodes?: ClusterNode[] };
  const known = cluster.nodes().map(({ options: { host, port } }) => ({ host, port }) as ClusterNode);
  const nodes = [...known, ...startupNodes];
  const redisOptions = plain(cluster.options.redisOptions ?? {});
  return { kind: 'cluster', nodes, options: { ...plain(cluster.options), redisOptions } };
}

/** Drops what ioredis keeps in a client's options for itself. */
function plain<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined && value !== null)) as T;
}
