// The parts of a queue, for the files of this room and for Drover's own packages.
import type { JobGateway } from '../job/job-gateway.js';
import type { QueueDefaults } from '../model/queue-defaults.js';
import type { RedisTarget } from '../redis/redis-target.js';
import { DispatcherKeys } from '../store/bullmq/keys.js';
import type { QueueStore } from '../store/bullmq/queue-store.js';
import type { Quotas } from './limits/quotas.js';
import type { RateLimits } from './limits/rate-limits.js';

export interface QueueParts extends QueueDefaults {
  readonly name: string;
  readonly prefix: string;
  readonly target: RedisTarget;
  readonly store: QueueStore;
  /** Of the queue's jobs. */
  readonly gateway: JobGateway;
  readonly quotas: Quotas;
  readonly rateLimits: RateLimits;
  /** Ends the queue, also one on the connection of a dispatcher. */
  readonly finish: () => Promise<void>;
}

export const queueParts = Symbol('drover.queueParts');

/** A queue as Drover's own packages know it. */
export interface HasParts {
  readonly [queueParts]: QueueParts;
}

export function gatewayOf(queue: HasParts): JobGateway {
  return queue[queueParts].gateway;
}

export function targetOf(queue: HasParts): RedisTarget {
  return queue[queueParts].target;
}

/**
 * Removes the record of a dispatcher that has served the queue for one test.
 * @param uuid of a dispatcher that is deactivated, and never activated again
 */
export async function forgetDispatcher(queue: HasParts, uuid: string): Promise<void> {
  const { prefix, store } = queue[queueParts];
  const keys = new DispatcherKeys(prefix);
  await store.use(async ({ client }) => {
    await client.unlink(keys.record(uuid), keys.owned(uuid));
    await client.zrem(keys.ended, uuid);
  });
}
