// Tells from the options of two connections whether both lead to the same Redis.
import type { ClusterNode, RedisOptions } from 'ioredis';
import type { RedisTarget } from './redis-target.js';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1']);

/** False also where the options cannot tell: two names may lead to the same server. */
export function isSameTarget(a: RedisTarget, b: RedisTarget): boolean {
  if (a === b) return true;
  if (a.kind === 'server' && b.kind === 'server')
    return serverOf(a.options) === serverOf(b.options);
  if (a.kind === 'cluster' && b.kind === 'cluster') {
    // Each may know other nodes of the cluster.
    const known = new Set(a.nodes.map(nodeOf));
    return b.nodes.some((node) => known.has(nodeOf(node)));
  }
  return false;
}

function serverOf({ path, host, port, db = 0, sentinels, name }: RedisOptions): string {
  if (sentinels) return [sentinels.map(addressOf).sort().join(), name, db].join('/');
  return path === undefined ? `${addressOf({ host, port })}/${db}` : `${path}/${db}`;
}

function nodeOf(node: ClusterNode): string {
  if (typeof node === 'object') return addressOf(node);
  if (typeof node === 'number') return addressOf({ port: node });
  const { hostname, port } = new URL(node.includes('://') ? node : `redis://${node}`);
  return addressOf({ host: hostname, port: Number(port || 6379) });
}

function addressOf({ host = 'localhost', port = 6379 }: { host?: string; port?: number }): string {
  return `${LOOPBACK.has(host) ? 'localhost' : host}:${port}`;
}
