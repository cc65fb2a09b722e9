// Turns a `connection` that a user gives into a target: the server or Cluster to connect to.
import type { Cluster, ClusterNode, ClusterOptions, RedisOptions } from 'ioredis';
import { optionsOf } from './connection-options.js';
import { optionsOfUrl } from './connection-url.js';
import { InvalidArgumentError } from '../errors.js';
import { describeValue } from '../lib/describe-value.js';

/**
 * A client of ioredis, 5 or later, as far as its types have to agree. Its options are copied; the
 * client itself is not used.
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

/** The server or Cluster to connect to: plain data, so that it can be sent to a thread. */
export type RedisTarget =
  | { kind: 'server'; options: RedisOptions }
  | { kind: 'cluster'; nodes: ClusterNode[]; options: ClusterOptions };

export const DEFAULT_PREFIX = '{drover}';
const DEFAULT_URL = 'redis://127.0.0.1:6379';
const WHAT_IT_MUST_BE =
  'connection must be a redis:// URL, an object of ioredis options, ' +
  'or a client of ioredis 5 or later';

/**
 * The target of `input`; by default, of `$REDIS_URL` or redis://127.0.0.1:6379.
 * @throws InvalidArgumentError for a connection of another kind, or where a part of it would be
 *   ignored: the client would connect to another server, or another database
 */
export function redisTarget(input: ConnectionInput | undefined): RedisTarget {
  const target = targetOf(input);
  const { options } = target;
  if (options.keyPrefix || (target.kind === 'cluster' && target.options.redisOptions?.keyPrefix))
    throw new InvalidArgumentError(
      'connection has a keyPrefix, which scripts of Redis know nothing of: use the option prefix',
    );
  return target;
}

function targetOf(input: unknown): RedisTarget {
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
  if (isClient(input)) return targetOfClient(input);
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

/** @throws InvalidArgumentError for a bad prefix, or one whose keys a Cluster would spread out */
export function checkPrefix(prefix: unknown, { kind }: RedisTarget): asserts prefix is string {
  if (typeof prefix !== 'string' || prefix === '')
    throw new InvalidArgumentError('prefix must be a string that is not empty');
  if (kind === 'cluster' && !/\{[^}]+\}/.test(prefix))
    throw new InvalidArgumentError(
      'prefix must have braces on a Cluster, which keep all keys in one slot: {drover}',
    );
}

/**
 * The target without functions, which cannot be sent to a thread: there the defaults of ioredis
 * decide, such as when to reconnect.
 * @throws InvalidArgumentError where something else in it cannot be sent
 */
export function targetForThread(target: RedisTarget): RedisTarget {
  const plainTarget = withoutFunctions(target) as RedisTarget;
  try {
    return structuredClone(plainTarget);
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

/** The name of the target for messages, without a user or a password (B2). */
export function nameOfTarget(target: RedisTarget): string {
  if (target.kind === 'cluster')
    return `the Redis Cluster at ${target.nodes.map(nameOfNode).join(', ')}`;
  const { path, sentinels, name, db } = target.options;
  const database = db ? ` (database ${db})` : '';
  if (sentinels) {
    const nodes = sentinels.map(nameOfNode).join(', ');
    return `the Redis ${name} of the sentinels at ${nodes}${database}`;
  }
  return `Redis at ${path ?? nameOfNode(target.options)}${database}`;
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

function targetOfClient(client: ClientOfIoredis): RedisTarget {
  return client.isCluster
    ? targetOfCluster(client as unknown as Cluster)
    : { kind: 'server', options: given(client.options) };
}

function targetOfCluster(cluster: Cluster): RedisTarget {
  // Before it has connected it knows only the nodes that it was given: a private field of ioredis.
  const { startupNodes = [] } = cluster as unknown as { startupNodes?: ClusterNode[] };
  const known = cluster
    .nodes()
    .map(({ options: { host, port } }) => ({ host, port }) as ClusterNode);
  const nodes = [...known, ...startupNodes];
  const redisOptions = given(cluster.options.redisOptions ?? {});
  return { kind: 'cluster', nodes, options: { ...given(cluster.options), redisOptions } };
}

/** Drops the empty options that ioredis adds to those of a client. */
function given<T extends object>(options: T): T {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined && value !== null),
  ) as T;
}
