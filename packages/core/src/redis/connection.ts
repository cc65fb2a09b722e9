// Connections to Redis: ioredis clients of a place, with the settings that each use needs.
import { Cluster, Redis, type ClusterOptions, type RedisOptions } from 'ioredis';
import type { RedisTarget } from './redis-target.js';
import { redacted } from './redact-command.js';
import { isReplyError } from './redis-errors.js';
import { giveUpWhenSilent } from './silent-connections.js';
import { timerDelay } from '../lib/timeout.js';

/** A client of ioredis, of one server or of a cluster. */
export type RedisClient = Redis | Cluster;

/** Of a client that waits for something to happen, whatever limits others are given. */
const AS_LONG_AS_TOLD = {
  commandTimeout: undefined,
  socketTimeout: undefined,
  blockingTimeout: undefined,
};

/**
 * Options that decide what replies look like, and when and where commands are sent: what Drover
 * sends counts on these.
 */
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

/**
 * ms that a server may leave a request, or a command that is no blocking read, without an answer.
 */
const SILENT_AFTER = 5_000;

/**
 * ms that a blocking read lasts at most. The rest of `SILENT_AFTER` is left to a server that is
 * slow: a script may keep it for 3 s.
 */
export const MAX_BLOCK = 2_000;

/** Options of ioredis, and after how many ms without a reply a connection is given up. */
export interface ClientSettings extends RedisOptions {
  silentAfter: number;
}

/** What a client is for: each use fails, waits and resends in its own way. */
export const clientSettings = {
  /**
   * Producers: what fails is told at once, and repeated by `Availability`, so that nothing is left
   * to be sent after a call has given up. Without the ready check a server that is loading says so.
   */
  producer: {
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    commandTimeout: SILENT_AFTER,
    silentAfter: SILENT_AFTER,
    enableReadyCheck: false,
  },
  /**
   * Dispatchers: a claim that is resent claims another job, so nothing is; what hangs is given up
   * (docs/protocol/connections.md).
   */
  dispatcher: {
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: SILENT_AFTER,
    silentAfter: SILENT_AFTER,
  },
  /** Subscriptions to channels: they can be repeated, and wait as long as it takes. */
  reading: { maxRetriesPerRequest: null, silentAfter: SILENT_AFTER, ...AS_LONG_AS_TOLD },
  /**
   * Blocking reads, of `MAX_BLOCK` ms at most: one that is cut off fails at once, since a later
   * one would take a marker that is meant for another.
   */
  blocking: {
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    silentAfter: SILENT_AFTER,
    ...AS_LONG_AS_TOLD,
  },
} satisfies Record<string, ClientSettings>;

/**
 * What the user may set otherwise: a server, or a sentinel, that takes a connection and says
 * nothing is not waited for any longer.
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
  ...[
    'blockingTimeout',
    'blockingTimeoutGrace',
    'sentinelCommandTimeout',
    'maxLoadingRetryTime',
    'failoverDetectorInterval',
  ],
  ...['slotsRefreshTimeout', 'slotsRefreshInterval'],
  ...[
    'retryDelayOnFailover',
    'retryDelayOnClusterDown',
    'retryDelayOnTryAgain',
    'retryDelayOnMoved',
  ],
]);

/** So many attempts take the ten seconds in which a server restarts, or sentinels fail over. */
const QUICK_ATTEMPTS = 20;

/**
 * ms until a connection is tried again. At first at least twice a second, since everything waits
 * for it. Later every two seconds: a server that comes back after long is not met by all processes
 * at once.
 */
const reconnects = (times: number): number =>
  Math.min(100 * 2 ** Math.min(times - 1, 5), times <= QUICK_ATTEMPTS ? 500 : 2_000);

/**
 * One that gives up would leave jobs with a dispatcher that pings, and can do nothing else: it goes
 * on all the same.
 */
function retrying(strategy: ((times: number, reason?: Error) => unknown) | null | undefined) {
  return (times: number, reason?: Error): number => {
    const delay = strategy?.(times, reason);
    return typeof delay === 'number' ? timerDelay(delay) : reconnects(times);
  };
}

/** The options with each time cut to what a timer can wait. */
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
 * A server that takes no writes may be one that was the master: its name, or the sentinels, may
 * lead to another one now.
 */
const reconnectOnError = (error: Error): boolean => /\bREADONLY\b/.test(error.message);

/**
 * Leaves a server that takes no writes, where a transaction says so: its scripts fail within the
 * reply to EXEC, which ioredis does not look through. On a Cluster such a node says where the
 * master is.
 */
export function leaveIfReadOnly(client: RedisClient, error: Error): void {
  if (!client.isCluster && client.status === 'ready' && reconnectOnError(error))
    (client as Redis).disconnect(true);
}

/**
 * How long the process may live for the sake of a closed connection. ioredis waits its time out
 * also where the connection was gone before, and takes 2 s by default.
 */
export const DISCONNECT_TIMEOUT = 200;

/**
 * A client for that place, connecting now. Its errors are given to `onError`: a client without a
 * listener would throw them.
 */
export function connect(
  place: RedisTarget,
  { silentAfter, ...settings }: ClientSettings,
  onError: (error: Error) => void,
): RedisClient {
  const client =
    place.kind === 'cluster'
      ? new Cluster(place.nodes, {
          ...withinTimers(place.options),
          ...(place.options.clusterRetryStrategy && {
            clusterRetryStrategy: retrying(place.options.clusterRetryStrategy),
          }),
          ...COUNTED_ON_OF_CLUSTER,
          redisOptions: {
            disconnectTimeout: DISCONNECT_TIMEOUT,
            ...WAITS,
            ...withinTimers(place.options.redisOptions ?? {}),
            ...COUNTED_ON_OF_SERVER,
            ...settings,
          },
        })
      : new Redis({
          reconnectOnError,
          disconnectTimeout: DISCONNECT_TIMEOUT,
          ...WAITS,
          ...withinTimers(place.options),
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
    onError(redacted(error));
  });
  giveUpWhenSilent(client, silentAfter);
  return client;
}

/** Whether a server has refused the database that is to be used. */
function isOfSelect(error: Error & { command?: { name?: string } }): boolean {
  return isReplyError(error) && error.command?.name === 'select';
}
