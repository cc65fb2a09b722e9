// The parts of core that @drover/worker uses beyond the public face. Not for users: they may change
// with any version.
export { delayAfter } from './lib/back-off.js';
export { tellSafely } from './lib/at-once.js';
export { callInside } from './lib/call-inside.js';
export { encode } from './codec/codec.js';
export { targetForThread } from './redis/redis-target.js';
export { firstCopy, severalVersions } from './lib/copies.js';
export { crashPoint } from './lib/crash-points.js';
export { failureWithin } from './codec/data-size.js';
export {
  checkAgentName,
  checkShare,
  checkTasksAreDefined,
  toTaskNames,
} from './model/agent-change.js';
export { checkName, MAIN_LANE, SystemTaskName, PICK_CALLBACK, SYSTEM_LANE } from './lib/names.js';
export { callTask, resultWithin, type Called, type TaskCall } from './local/call-task.js';
export { claimedHandle, storedHandle, valueIn } from './local/claimed-handle.js';
export { SharedQueues } from './queue/shared-queues.js';
export { toStoreOptions } from './queue/queue-options.js';
export { forgetDispatcher, gatewayOf, targetOf } from './queue/queue-parts.js';
export { delayAnswered } from './model/retry/answer.js';
export { retryPolicyNamed } from './model/retry/lookup.js';
export { definedPolicy } from './model/retry/policy.js';
export type { CommittablePuts } from './job/run-context.js';
export { describeValue } from './lib/describe-value.js';
export { definedTasks } from './task/task.js';
export { checkMs, LONGEST_TIME, timerDelay } from './lib/timeout.js';
export { onTravel } from './lib/travels.js';
export { isOfRedis, causeSaidBy, type RedisErrorClass } from './redis/redis-errors.js';
export { isUuid } from './lib/uuid.js';
export { warnOnce } from './lib/warn.js';
export { checkWhole } from './lib/whole-number.js';
export { WorkerStore } from './store/bullmq/dispatcher/worker-store.js';
export type { LaneStore, Schedule } from './model/lane-store.js';
export type { ActiveElsewhere, ProcessIdentity } from './model/activation-store.js';
export type { ActiveClaim, LocatedJob } from './model/stores.js';
export { DamagedRecord, ignoreRefusal, Refused } from './model/store-errors.js';
export { referredJob } from './store/bullmq/run/system-job.js';
export { hasScheduled } from './model/records.js';
export type { ClaimedJob, ClaimReply, StoredJob } from './model/records.js';
