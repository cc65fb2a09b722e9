// Refuses a Redis that may evict keys.
import { UnsupportedError } from '../errors.js';
import type { RedisClient } from './connection.js';
import { evictionPolicyIn, infosOf } from './server-facts.js';

/** With any policy but noeviction Redis may delete jobs and locks. @throws UnsupportedError */
export async function refuseEviction(client: RedisClient): Promise<void> {
  const policies = (await infosOf(client, 'memory')).map(evictionPolicyIn);
  const policy = policies.find((one) => one !== 'noeviction');
  if (policy === undefined) return;
  throw new UnsupportedError(
    `Redis may evict keys (maxmemory-policy is ${policy}): jobs would be lost. ` +
      'Set maxmemory-policy noeviction.',
  );
}
