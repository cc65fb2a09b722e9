// The parts of core that @drover/worker uses beyond the public face. Not for users: they may change
// with any version.
export { delayAfter } from './lib/back-off.js';
export { tellSafely } from './lib/at-once.js';
export { encode } from './codec/codec.js';
export { targetForThread, type RedisTarget } from './redis/redis-target.js';
export { firstCopy, severalVersions } from './lib/copies.js';
export { crashPoint } from './lib/crash-points.js';
export { failureWithin } from './codec/data-size.js';
export { checkName, MAIN_LANE, SystemTaskName, PICK_CALLBACK, SYSTEM_LANE } from './lib/names.js';
export {
  callTask,
  claimedHandle,
  resultWithin,
  storedHandle,
  type Called,
  type TaskCall,
} from './local/call-task.js';
export { SharedQueues } from './queue/shared-queues.js';
export { toStoreOptions } from './queue/queue-options.js';
export { gatewayOf } from './queue/queue-parts.js';
export { delayAnswered } from './model/retry/answer.js';
export { retryPolicyNamed } from './model/retry/lookup.js';
export { definedPolicy } from './model/retry/policy.js';
export type { CommittablePuts } from './job/run-context.js';
export { describeValue } from './lib/describe-value.js';
export { taskNamed } from './task/task.js';
export { timerDelay } from './lib/timeout.js';
export { isOfRedis, causeSaidBy, type RedisErrorClass } from './redis/redis-errors.js';
export { isUuid } from './lib/uuid.js';
export { warnOnce } from './lib/warn.js';
export { WorkerStore } from './store/bullmq/dispatcher/worker-store.js';
export type { LaneStore, Schedule } from './model/lane-store.js';
export type { ActiveClaim, ActiveElsewhere, LocatedJob, ProcessIdentity } from './model/stores.js';
export { DamagedRecord, ignoreRefusal, Refused } from './model/store-errors.js';
export { referredJob } from './store/bullmq/run/system-job.js';
export { hasScheduled } from './model/records.js';
export type { ClaimedJob, ClaimReply, StoredJob } from './model/records.js';
