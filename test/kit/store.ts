// The insides of core that tests look at: keys, single steps of the store, clients, errors of
// Redis. They come from what ships, the built dist; its entry points do not export them.
import type { Job } from '@drover/core';
import type { RedisClient } from '#core/redis/connection';
import type { KeepLimits } from '#core/model/stores';
import { trimCompleted as trimByOutcome } from '#core/store/bullmq/dispatcher/retention';
import { Placing } from '#core/job/placing';
import { newWriting, writeNewJob } from '#core/job/write-job';

export { encode } from '#core/codec/codec';
export type { CrashPoint } from '#core/lib/crash-points';
export { clientSettings, connect, type RedisClient } from '#core/redis/connection';
export { classifyRedisError } from '#core/redis/redis-errors';
export { redisTarget } from '#core/redis/redis-target';
export { DispatcherStore } from '#core/store/bullmq/dispatcher/dispatcher-store';
export { RedisRecovery } from '#core/store/bullmq/dispatcher/recovery-store';
export { trimCompleted as trimByOutcome } from '#core/store/bullmq/dispatcher/retention';
export { DispatcherKeys, LaneKeys } from '#core/store/bullmq/keys';
export type { RunPut } from '#core/model/lane-store';
export { RedisLane } from '#core/store/bullmq/redis-lane';
export { claimOverdue } from '#core/store/bullmq/put/deadlines';
export { lanesOf } from '#core/store/bullmq/put/lanes';
export { addCallback } from '#core/store/bullmq/run/callbacks';
export { sweepQuotas } from '#core/store/bullmq/run/quotas';
export { assertBullMqVersion } from '#core/store/bullmq/scripts/version';
export { RefusalCode, refusalCode } from '#core/store/bullmq/scripts/refusal';

/** The record of a new job that is put by itself. */
export const newStoredJob = (job: Job) => writeNewJob(job, newWriting(new Placing()));

/** Removes completed jobs beyond `keep`, with the same limits for both outcomes. */
export const trimCompleted = async (
  client: RedisClient,
  prefix: string,
  queue: string,
  lanes: readonly string[],
  keep: KeepLimits,
  mayGoOn?: () => boolean,
): Promise<number> =>
  await trimByOutcome(client, prefix, queue, lanes, { succeeded: keep, failed: keep }, mayGoOn);
