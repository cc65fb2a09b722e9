// The facts that a Redis server gives of itself (INFO), and whether it may evict keys.
import type { RedisClient } from './connection.js';

/** A Redis server. Of a Cluster, each master is one. */
export interface RedisFacts {
  version: string;
  role: string;
  /** `maxmemory-policy`; with any but 'noeviction' Redis may delete jobs and locks. */
  evictionPolicy: string;
  /** Bytes. */
  usedMemory: number;
  /** Bytes; 0: no limit. */
  maxMemory: number;
  /** Whether it keeps an append-only file: without one, a restart forgets jobs. */
  appendOnly: boolean;
  /** Whether its last attempts to write to the disk, of whichever kind, have worked. */
  canSave: boolean;
  /** Milliseconds since its start. */
  uptime: number;
}

/**
 * The servers behind a client; undefined where its user may not ask (`+info`).
 * @throws the errors of the connection
 */
export async function readServers(client: RedisClient): Promise<RedisFacts[] | undefined> {
  try {
    return (await infosOf(client)).map(toFacts);
  } catch (error) {
    if ((error as Error).message.startsWith('NOPERM')) return undefined;
    throw error;
  }
}

/** The replies of all masters to INFO. */
export async function infosOf(client: RedisClient, ...section: ['memory'] | []): Promise<string[]> {
  // The first command of a Cluster makes the client discover its nodes.
  const first = await client.info(...(section as []));
  if (!('nodes' in client)) return [first];
  return await Promise.all(client.nodes('master').map((node) => node.info(...(section as []))));
}

/** The policy of a server, of its reply to INFO. */
export function evictionPolicyIn(info: string): string {
  return valueIn(info, 'maxmemory_policy') ?? 'noeviction';
}

function valueIn(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
}

function toFacts(info: string): RedisFacts {
  const number = (name: string): number => Number(valueIn(info, name)) || 0;
  const writes = ['rdb_last_bgsave_status', 'aof_last_write_status', 'aof_last_bgrewrite_status'];
  return {
    version: valueIn(info, 'redis_version') ?? '',
    role: valueIn(info, 'role') ?? '',
    evictionPolicy: evictionPolicyIn(info),
    usedMemory: number('used_memory'),
    maxMemory: number('maxmemory'),
    appendOnly: number('aof_enabled') === 1,
    canSave: writes.every((name) => (valueIn(info, name) ?? 'ok') === 'ok'),
    uptime: number('uptime_in_seconds') * 1_000,
  };
}
