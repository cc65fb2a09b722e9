// The parts of core that @drover/worker uses beyond the public face. Not for users: they may change
// with any version.
export { delayAfter, type BackOff } from './lib/back-off.js';
export {
  clockOf,
  currentClock,
  measureClock,
  type Clock,
  type ClockReading,
  type RedisClock,
} from './redis/clock.js';
export { systemClock } from './redis/clock.js';
export { oddAnswer, tellSafely } from './lib/at-once.js';
export { isInstance } from './lib/careful.js';
export { decode, encode } from './codec/codec.js';
export { clientSettings, connect, MAX_BLOCK, type RedisClient } from './redis/connection.js';
export {
  checkPrefix,
  redisTarget,
  nameOfTarget,
  targetForThread,
  type RedisTarget,
} from './redis/redis-target.js';
export { refusedConnection } from './redis/refused-connection.js';
export { endClient } from './redis/end-client.js';
export { currentRun, runInContext, type RunStore } from './job/run-context.js';
export { firstCopy, severalVersions } from './lib/copies.js';
export { crashPoint, type CrashPoint } from './lib/crash-points.js';
export { failureWithin, toMaxDataBytes, withinSize } from './codec/data-size.js';
export { jobFromStored } from './task/revive.js';
export type { LocalContext } from './local/local-context.js';
export { newStoredJob } from './job/write-job.js';
export { scheduledJobs } from './queue/scheduled-jobs.js';
export type { JobGateway } from './job/job-gateway.js';
export { readResult } from './model/result.js';
export {
  CANCEL,
  checkName,
  HANDLE_INTERRUPT,
  MAIN_LANE,
  PICK_CALLBACK,
  RESUME_CALLBACKS,
  SYSTEM_LANE,
} from './lib/names.js';
export { queueOn } from './queue/queue.js';
export { finishQueue, gatewayOf } from './queue/queue-parts.js';
export { retryPolicyNamed } from './model/retry/lookup.js';
export { definedPolicy } from './model/retry/policy.js';
export type { PolicyData } from './model/retry/policy.js';
export { endRun, type RunPuts } from './queue/run-puts.js';
export type { CommittablePuts } from './job/run-context.js';
export { describeValue } from './lib/describe-value.js';
export { taskNamed } from './task/task.js';
export { LONGEST_TIME, LONGEST_TIMER, timerDelay } from './lib/timeout.js';
export {
  isOfRedis,
  saidBy,
  saysNoReply,
  classifyRedisError,
  type RedisErrorClass,
} from './redis/redis-errors.js';
export { isUuid, uuidv4 } from './lib/uuid.js';
export { warnOnce } from './lib/warn.js';
export { checkOptions, refuseUnknownOptions } from './lib/unknown-options.js';
export type { RunPut } from './store/bullmq/put/commit-puts.js';
export {
  DispatcherStore,
  type ActiveElsewhere,
  type PingReply,
  type ProcessIdentity,
} from './store/bullmq/dispatcher-store.js';
export {
  abortJob,
  interruptWaiting,
  ownWaiting,
  readActiveClaims,
  readOwnedWaiting,
  referredJob,
  interruptActive,
  type ActiveClaim,
} from './store/bullmq/run/interrupts.js';
export { takeTree } from './store/bullmq/children/cancel.js';
export { claimOverdue } from './store/bullmq/put/deadlines.js';
export { DEFAULT_PREFIX, DispatcherKeys, LaneKeys } from './store/bullmq/keys.js';
export { LaneStore } from './store/bullmq/lane-store.js';
export { waitForJob, type DueJob } from './store/bullmq/run/wait-for-job.js';
export {
  DamagedRecord,
  expectReadable,
  isAboutRecord,
  isFailure,
  isObject,
  orUndefined,
  parsed,
} from './store/bullmq/record-checks.js';
export { lanesOf, lanesWithOwn } from './store/bullmq/put/lanes.js';
export { stillAppended } from './store/bullmq/appended.js';
export { settleGone } from './store/bullmq/children/settle-gone.js';
export { openSystemLane, restoreUndecided } from './store/bullmq/run/system-lane.js';
export { sweepQuotas, takeQuotas } from './store/bullmq/run/quotas.js';
export { RefusalCode, refusalCode } from './store/bullmq/scripts/refusal.js';
export { mayTrim, trimCompleted, type KeepCompleted } from './store/bullmq/run/retention.js';
export type { Place, Schedule } from './store/bullmq/children/flow.js';
export { addCallback } from './store/bullmq/run/callbacks.js';
export { annotate, readOnce, writeOnce } from './store/bullmq/run/run-writes.js';
export { assertBullMqVersion } from './store/bullmq/version.js';
export { hasScheduled } from './model/records.js';
export type { ClaimedJob, ClaimReply, Manifest, StoredJob, StoredResult } from './model/records.js';
