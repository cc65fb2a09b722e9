// Refuses a Redis that may evict keys.
import { UnsupportedError } from '../errors.js';
import type { RedisClient } from './connection.js';

/** With any policy but noeviction Redis may delete jobs and locks. @throws UnsupportedError */
export async function refuseEviction(client: RedisClient): Promise<void> {
  // The first command of a Cluster makes the client discover its nodes.
  const infos = [await client.info('memory')];
  if ('nodes' in client)
    infos.push(...(await Promise.all(client.nodes('master').map((node) => node.info('memory')))));
  const policies = infos.map((info) => /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? 'noeviction');
  const policy = policies.find((one) => one !== 'noeviction');
  if (policy === undefined) return;
  throw new UnsupportedError(
    `Redis may evict keys (maxmemory-policy is ${policy}): jobs would be lost. ` +
      'Set maxmemory-policy noeviction.',
  );
}
