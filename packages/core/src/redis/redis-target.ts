// Where Redis is: what a user gave as `connection` becomes a place that clients can be made for.
import type { Cluster, ClusterNode, ClusterOptions, RedisOptions } from 'ioredis';
import { optionsOf } from './connection-options.js';
import { optionsOfUrl } from './connection-url.js';
import { InvalidArgumentError } from '../errors.js';
import { describeValue } from '../lib/describe-value.js';

/**
 * A client of ioredis, 5 or later, as far as its types have to agree. It is not used itself: its
 * options are copied.
 */
export interface ClientOfIoredis {
  readonly status: string;
  readonly isCluster: boolean;
  readonly options: object;
  connect(...args: never[]): Promise<unknown>;
  disconnect(...args: never[]): void;
  duplicate(...args: never[]): unknown;
}

/** Options of ioredis, 5 or later: their types differ in what a `Connector` is. */
export type OptionsOfIoredis = Omit<RedisOptions, 'Connector'> & { Connector?: unknown };

/** How users say where Redis is: a URL, ioredis options, or an ioredis client, which is copied. */
export type ConnectionInput = string | URL | OptionsOfIoredis | ClientOfIoredis;

/** A place that clients can be made for: plain data, so that it can be sent to a thread. */
export type RedisTarget =
  | { kind: 'server'; options: RedisOptions }
  | { kind: 'cluster'; nodes: ClusterNode[]; options: ClusterOptions };

const DEFAULT_URL = 'redis://127.0.0.1:6379';
const WHAT_IT_MUST_BE =
  'connection must be a redis:// URL, an object of ioredis options, or a client of ioredis 5 or later';

/**
 * Where `input` points to; without one, `$REDIS_URL` or redis://127.0.0.1:6379.
 * @throws InvalidArgumentError where it is none of the things that a connection can be, or where a
 *   part of it would not be heeded: the client would go to another server, or another database
 */
export function redisTarget(input: ConnectionInput | undefined): RedisTarget {
  const place = placeOf(input);
  const { options } = place;
  if (options.keyPrefix || (place.kind === 'cluster' && place.options.redisOptions?.keyPrefix))
    throw new InvalidArgumentError(
      'connection has a keyPrefix, which scripts of Redis know nothing of: use the option prefix',
    );
  return place;
}

function placeOf(input: unknown): RedisTarget {
  if (input === undefined) {
    return {
      kind: 'server',
      options: optionsOfUrl(process.env['REDIS_URL'] ?? DEFAULT_URL, '$REDIS_URL'),
    };
  }
  if (typeof input === 'string')
    return { kind: 'server', options: optionsOfUrl(input, 'connection') };
  if (typeof input !== 'object' || input === null)
    throw new InvalidArgumentError(`${WHAT_IT_MUST_BE}, not ${describeValue(input)}`);
  if (isUrl(input)) return { kind: 'server', options: optionsOfUrl(input.href, 'connection') };
  if (Array.isArray(input))
    throw new InvalidArgumentError(
      `${WHAT_IT_MUST_BE}, not an array. For a Cluster give a client: new Cluster(nodes)`,
    );
  if (isClient(input)) return placeOfClient(input);
  if (
    ['connect', 'duplicate', 'sendCommand'].some(
      (name) => typeof member(input, name) === 'function',
    )
  )
    throw new InvalidArgumentError(
      `${WHAT_IT_MUST_BE}. This is a client of something else: give its URL, or its host and port`,
    );
  return { kind: 'server', options: optionsOf(input) };
}

/**
 * @throws InvalidArgumentError for a prefix that is none, or whose keys a Cluster would spread over
 *   its slots
 */
export function checkPrefix(prefix: unknown, { kind }: RedisTarget): asserts prefix is string {
  if (typeof prefix !== 'string' || prefix === '')
    throw new InvalidArgumentError('prefix must be a string that is not empty');
  if (kind === 'cluster' && !/\{[^}]+\}/.test(prefix))
    throw new InvalidArgumentError(
      'prefix must have braces on a Cluster, which keep all keys in one slot: {drover}',
    );
}

/**
 * The place as a thread can get it: without functions, which no thread can be sent. What they
 * decide, such as when to reconnect, is then done as ioredis does it by default.
 * @throws InvalidArgumentError where something else in it cannot be sent
 */
export function targetForThread(place: RedisTarget): RedisTarget {
  const plainPlace = withoutFunctions(place) as RedisTarget;
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
  const isRecord =
    typeof value === 'object' &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype;
  if (!isRecord) return value;
  const entries = Object.entries(value).filter(([, item]) => typeof item !== 'function');
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutFunctions(item)]));
}

/** The place as messages name it, without a user or a password (B2). */
export function nameOfTarget(place: RedisTarget): string {
  if (place.kind === 'cluster')
    return `the Redis Cluster at ${place.nodes.map(nameOfNode).join(', ')}`;
  const { path, sentinels, name, db } = place.options;
  const database = db ? ` (database ${db})` : '';
  if (sentinels)
    return `the Redis ${name} of the sentinels at ${sentinels.map(nameOfNode).join(', ')}${database}`;
  return `Redis at ${path ?? nameOfNode(place.options)}${database}`;
}

function nameOfNode(node: ClusterNode | { host?: string; port?: number }): string {
  // A node may be a URL, with a password.
  if (typeof node === 'string') return node.replace(/^.*@|^\w+:\/\//, '');
  const { host = 'localhost', port = 6379 } = typeof node === 'number' ? { port: node } : node;
  return `${host}:${port}`;
}

/** Also a URL of another realm. */
function isUrl(input: object): input is URL {
  return Object.prototype.toString.call(input) === '[object URL]';
}

/** Clients of node-redis, and mocks, have neither a `status` nor `isCluster`. */
function isClient(input: object): input is ClientOfIoredis {
  const isObject = (name: string): boolean =>
    typeof member(input, name) === 'object' && member(input, name) !== null;
  return (
    typeof member(input, 'status') === 'string' &&
    typeof member(input, 'isCluster') === 'boolean' &&
    typeof member(input, 'duplicate') === 'function' &&
    isObject('options')
  );
}

function member(input: object, name: string): unknown {
  return (input as Record<string, unknown>)[name];
}

function placeOfClient(client: ClientOfIoredis): RedisTarget {
  return client.isCluster
    ? placeOfCluster(client as unknown as Cluster)
    : { kind: 'server', options: given(client.options) };
}

function placeOfCluster(cluster: Cluster): RedisTarget {
  // Before it has connected it knows only those that it was given; ioredis has no public name for
  // them.
  const { startupNodes = [] } = cluster as unknown as { startupNodes?: ClusterNode[] };
  const known = cluster
    .nodes()
    .map(({ options: { host, port } }) => ({ host, port }) as ClusterNode);
  const nodes = [...known, ...startupNodes];
  const redisOptions = given(cluster.options.redisOptions ?? {});
  return { kind: 'cluster', nodes, options: { ...given(cluster.options), redisOptions } };
}

/** Drops what ioredis keeps in a client's options for itself. */
function given<T extends object>(options: T): T {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined && value !== null),
  ) as T;
}
