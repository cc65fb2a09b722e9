// What @drover/worker needs of core beyond its public face. Not for users: it may change with any
// version.
export { delayAfter, type BackOff } from './back-off.js';
export {
  clockOf,
  currentClock,
  measureClock,
  type Clock,
  type ClockReading,
  type RedisClock,
} from './clock.js';
export { systemClock } from './clock.js';
export { oddAnswer, tellSafely } from './at-once.js';
export { isInstance } from './careful.js';
export { decode, encode } from './codec.js';
export { clientSettings, connect, MAX_BLOCK, type RedisClient } from './connection.js';
export {
  checkPrefix,
  redisTarget,
  nameOfTarget,
  targetForThread,
  type RedisTarget,
} from './redis-target.js';
export { refusedConnection } from './refused-connection.js';
export { endClient } from './end-client.js';
export { currentRun, runInContext, type LocalContext, type RunStore } from './run-context.js';
export { firstCopy, severalVersions } from './copies.js';
export { crashPoint, type CrashPoint } from './crash-points.js';
export { failureWithin, toMaxDataBytes, withinSize } from './data-size.js';
export { jobFromStored } from './job-handles.js';
export { newStoredJob } from './handle.js';
export { scheduledJobs } from './scheduled-jobs.js';
export { checkOptions } from './job-calls.js';
export type { JobGateway } from './job-gateway.js';
export { readResult } from './job-result.js';
export {
  CANCEL,
  checkName,
  HANDLE_INTERRUPT,
  MAIN_LANE,
  PICK_CALLBACK,
  RESUME_CALLBACKS,
  SYSTEM_LANE,
} from './names.js';
export { finishQueue, gatewayOf, queueOn } from './queue.js';
export { retryPolicyNamed } from './retry-lookup.js';
export { definedPolicy } from './retry-policy.js';
export type { PolicyData } from './retry-policy.js';
export { endRun, type CommittablePuts, type RunPuts } from './run-puts.js';
export { describeValue } from './describe-value.js';
export { taskNamed } from './task.js';
export { LONGEST_TIMER, timerDelay } from './timeout.js';
export { isOfRedis, saidBy, classifyRedisError, type RedisErrorClass } from './redis-errors.js';
export { isUuid, uuidv4 } from './uuid.js';
export { warnOnce } from './warn.js';
export { refuseUnknownOptions } from './unknown-options.js';
export {
  preparePuts,
  putsBeforeCallbacks,
  putsBeforeFinish,
  type RunPut,
} from './store/bullmq/commit-puts.js';
export {
  DispatcherStore,
  type ActiveElsewhere,
  type PingReply,
  type ProcessIdentity,
} from './store/bullmq/dispatcher-store.js';
export type { Transaction, ScriptCall } from './store/bullmq/transaction.js';
export {
  abortJob,
  interruptWaiting,
  ownWaiting,
  readActiveClaims,
  readOwnedWaiting,
  referredJob,
  interruptActive,
  type ActiveClaim,
} from './store/bullmq/interrupts.js';
export { takeTree } from './store/bullmq/cancel.js';
export { claimOverdue } from './store/bullmq/deadlines.js';
export { DEFAULT_PREFIX, DispatcherKeys, LaneKeys } from './store/bullmq/keys.js';
export { LaneStore, waitForJob, type DueJob } from './store/bullmq/lane-store.js';
export {
  DamagedRecord,
  expectReadable,
  isAboutRecord,
  isFailure,
  isObject,
  orUndefined,
  parsed,
} from './store/bullmq/damaged.js';
export { lanesOf, lanesWithOwn } from './store/bullmq/lanes.js';
export { stillAppended } from './store/bullmq/appended.js';
export { settleGone } from './store/bullmq/settle-gone.js';
export { openSystemLane, restoreUndecided } from './store/bullmq/system-lane.js';
export { freeAfter, sweepQuotas, takeQuotas } from './store/bullmq/quotas.js';
export { RefusalCode, refusalCode } from './store/bullmq/refusal.js';
export { mayTrim, trimCompleted, type KeepCompleted } from './store/bullmq/retention.js';
export type { Place, Schedule } from './store/bullmq/flow.js';
export { addCallback } from './store/bullmq/callbacks.js';
export { annotate, readOnce, writeOnce } from './store/bullmq/run-notes.js';
export { assertBullMqVersion } from './store/bullmq/version.js';
export { hasScheduled } from './store/store.js';
export type { ClaimedJob, ClaimReply, Manifest, StoredJob, StoredResult } from './store/store.js';
