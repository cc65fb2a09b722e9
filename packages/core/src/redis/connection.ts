// Makes ioredis clients, with the settings that each use needs.
import { Cluster, Redis, type ClusterOptions, type RedisOptions } from 'ioredis';
import type { RedisTarget } from './redis-target.js';
import { redacted } from './redact-command.js';
import { isReplyError } from './redis-errors.js';
import { giveUpWhenSilent } from './silent-connections.js';
import { timerDelay } from '../lib/timeout.js';

/** A client of ioredis, of one server or of a cluster. */
export type RedisClient = Redis | Cluster;

/** For a client that waits for events: the user's timeouts for commands do not hold for it. */
const NO_TIMEOUTS = {
  commandTimeout: undefined,
  socketTimeout: undefined,
  blockingTimeout: undefined,
};

/**
 * Options that decide how replies look, and when and where commands are sent. Drover relies on
 * these values, so the user's are not used.
 */
const REQUIRED = { enableAutoPipelining: false, enableOfflineQueue: true };
const REQUIRED_OF_SERVER = {
  ...REQUIRED,
  autoResubscribe: true,
  monitor: false,
  readOnly: false,
  replyMapping: 'legacy',
  stringNumbers: false,
} satisfies RedisOptions;
const REQUIRED_OF_CLUSTER = { ...REQUIRED, scaleReads: 'master' } satisfies ClusterOptions;

/** ms without a reply after which a server counts as silent, and its connection is given up. */
const SILENT_AFTER = 5_000;

/**
 * ms that a blocking read lasts at most. The rest of `SILENT_AFTER` is for a slow server: a script
 * may block it for 3 s.
 */
export const MAX_BLOCK = 2_000;

/** Options of ioredis, and the ms without a reply after which a connection is given up. */
export interface ClientSettings extends RedisOptions {
  silentAfter: number;
}

/**
 * Producers: a command fails at once, and `Availability` repeats the call. Otherwise ioredis could
 * send it after the call has given up. Without the ready check, a loading server says so.
 */
const PRODUCER = {
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  commandTimeout: SILENT_AFTER,
  silentAfter: SILENT_AFTER,
  enableReadyCheck: false,
};

/** The uses of clients: each fails, waits and resends in its own way. */
export const clientSettings = {
  producer: PRODUCER,
  /** Task threads: as producers, from the first command on. */
  thread: { ...PRODUCER, lazyConnect: true },
  /**
   * Dispatchers: nothing is resent, since a resent claim would claim a second job
   * (docs/protocol/connections.md).
   */
  dispatcher: {
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: SILENT_AFTER,
    silentAfter: SILENT_AFTER,
  },
  /** Subscriptions: they can be repeated, and wait as long as it takes. */
  reading: { maxRetriesPerRequest: null, silentAfter: SILENT_AFTER, ...NO_TIMEOUTS },
  /**
   * Blocking reads, of `MAX_BLOCK` ms at most. One that is cut off fails at once: resent later, it
   * would take a marker that is meant for another dispatcher.
   */
  blocking: {
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    silentAfter: SILENT_AFTER,
    ...NO_TIMEOUTS,
  },
} satisfies Record<string, ClientSettings>;

/**
 * How long to wait for a server or a sentinel that accepts a connection and does not answer. The
 * user's own options replace these.
 */
const WAITS: RedisOptions = {
  connectTimeout: SILENT_AFTER,
  /** A sentinel answers from memory: after so many ms the next one is asked. */
  sentinelCommandTimeout: 1_000,
  /** A server that loads its data is asked again this often, in ms. */
  maxLoadingRetryTime: 1_000,
};

/** The options of ioredis that are times for its timers, in ms. */
const TIMES = new Set([
  ...['connectTimeout', 'disconnectTimeout', 'socketTimeout', 'commandTimeout', 'keepAlive'],
  ...['blockingTimeout', 'blockingTimeoutGrace', 'sentinelCommandTimeout', 'maxLoadingRetryTime'],
  ...['failoverDetectorInterval', 'slotsRefreshTimeout', 'slotsRefreshInterval'],
  ...['retryDelayOnFailover', 'retryDelayOnClusterDown', 'retryDelayOnTryAgain'],
  'retryDelayOnMoved',
]);

/** So many attempts cover the ten seconds in which a server restarts, or sentinels fail over. */
const QUICK_ATTEMPTS = 20;

/**
 * ms until the next attempt to connect. At first at least twice a second, since everything waits.
 * Later every two seconds, so that not all processes connect at once when the server is back.
 */
const reconnects = (times: number): number =>
  Math.min(100 * 2 ** Math.min(times - 1, 5), times <= QUICK_ATTEMPTS ? 500 : 2_000);

/**
 * The user's strategy, or the default where that gives up: a dispatcher that pings, but cannot
 * connect otherwise, would keep its jobs for ever.
 */
function retrying(strategy: ((times: number, reason?: Error) => unknown) | null | undefined) {
  return (times: number, reason?: Error): number => {
    const delay = strategy?.(times, reason);
    return typeof delay === 'number' ? timerDelay(delay) : reconnects(times);
  };
}

/** The options, with no time longer than a timer can wait. */
function withinTimers<T extends object>(options: T): T {
  const times = Object.entries(options as Record<string, unknown>).filter(
    ([name, value]) => TIMES.has(name) && typeof value === 'number',
  );
  return {
    ...options,
    ...Object.fromEntries(times.map(([name, ms]) => [name, timerDelay(ms as number)])),
  };
}

/**
 * A server that takes no writes may have been the master: its host name, or the sentinels, may lead
 * to another server now. A connection is left once, however many writes it refuses: ioredis adds
 * listeners to its socket at each call of `disconnect`.
 */
const mustLeave = ({ stream }: Redis, error: Error): boolean =>
  /\bREADONLY\b/.test(error.message) && stream.writable;

/**
 * ms for which a closed connection may keep the process alive. ioredis waits 2 s by default, even
 * where the connection was lost before.
 */
export const DISCONNECT_TIMEOUT = 200;

/**
 * A client for `target`, which connects at once. `onError` gets its errors: a client without a
 * listener would throw them.
 */
export function connect(
  target: RedisTarget,
  { silentAfter, ...settings }: ClientSettings,
  onError: (error: Error) => void,
): RedisClient {
  const client: RedisClient =
    target.kind === 'cluster'
      ? new Cluster(target.nodes, {
          ...withinTimers(target.options),
          ...(target.options.clusterRetryStrategy && {
            clusterRetryStrategy: retrying(target.options.clusterRetryStrategy),
          }),
          ...REQUIRED_OF_CLUSTER,
          redisOptions: {
            disconnectTimeout: DISCONNECT_TIMEOUT,
            ...WAITS,
            ...withinTimers(target.options.redisOptions ?? {}),
            ...REQUIRED_OF_SERVER,
            ...settings,
          },
        })
      : new Redis({
          reconnectOnError: (error) => mustLeave(client as Redis, error),
          disconnectTimeout: DISCONNECT_TIMEOUT,
          ...WAITS,
          ...withinTimers(target.options),
          retryStrategy: retrying(target.options.retryStrategy),
          ...(target.options.sentinelRetryStrategy && {
            sentinelRetryStrategy: retrying(target.options.sentinelRetryStrategy),
          }),
          ...REQUIRED_OF_SERVER,
          ...settings,
        });
  client.on('error', (error: Error) => {
    // ioredis would go on in database 0, and jobs for another database would be put there.
    if (isOfSelect(error)) (client as Redis).disconnect(true);
    onError(redacted(error));
  });
  giveUpWhenSilent(client, silentAfter);
  return client;
}

/** Whether the server has refused the client's database. */
function isOfSelect(error: Error & { command?: { name?: string } }): boolean {
  return isReplyError(error) && error.command?.name === 'select';
}
