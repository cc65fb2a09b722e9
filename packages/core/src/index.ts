// The public face of @drover/core: everything that a producer and a task need.
import './task/pick-callback.js';
export { appendedJobs, appendJobs } from './queue/append.js';
export { partsOf, partStatesOf, progressOf } from './task/progress.js';
export { asJob } from './task/as-job.js';
export type { JobOf, JobsOf } from './task/task-types.js';
export { checkOptions } from './lib/unknown-options.js';
export { defineCodec, type Codec } from './codec/define-codec.js';
export {
  joinJobs,
  Continuation,
  type JobArgs,
  type JoinOptions,
  type OnFailure,
} from './task/continuation.js';
export { Dispatchers, type DispatchersOptions } from './fleet/dispatchers.js';
export type { WishOptions } from './fleet/wishes.js';
export type { AgentChange, AgentTasks } from './model/agent-change.js';
export type {
  AgentFacts,
  AgentInfo,
  DispatcherDeath,
  DispatcherInfo,
  DispatcherState,
} from './model/dispatcher-facts.js';
export { local } from './local/local.js';
export type { LiveAnnotationOptions } from './local/live-annotations.js';
export { outsideRun, type LocalDispatcher } from './job/run-context.js';
export type { WhenUnavailable } from './redis/availability.js';
export type { RedisFacts } from './redis/server-facts.js';
export type { ConnectionInput } from './redis/redis-target.js';
export {
  AbortedError,
  AlreadyActivatedError,
  BadStatusError,
  CancelledError,
  DataTooLargeError,
  DroverError,
  DuplicateNameError,
  InvalidArgumentError,
  NoLocalJobError,
  ReassignedError,
  RemovedError,
  RetryableError,
  SerializationError,
  ThreadError,
  TimeoutError,
  UnknownCodecError,
  UnknownPolicyError,
  UnknownQuotaError,
  UnknownRateLimitError,
  RateLimitedError,
  UnknownTaskError,
  UnavailableError,
  UnsupportedError,
  type UnavailableReason,
} from './errors.js';
export { Failure, type FailureData } from './codec/failure.js';
export { Job, type AnyArgs, type BareTask, type CallbackPicks } from './job/job.js';
export type { WaitOptions } from './model/wait-options.js';
export type { FailureLogLevel, JobDefaults, JobOptions } from './model/job-options.js';
export type { JobUpdate } from './model/job-update.js';
export type { KeyOptions, WhenTaken } from './model/key-options.js';
export type { JobMeta } from './model/meta.js';
export type { JobTimes } from './model/facts.js';
export { JobStatus } from './model/job-state.js';
export type { JobDetails } from './model/reports/job-details.js';
export type { PartPlace, Parts, PartState, PartStates } from './model/reports/parts.js';
export type { LaneActivity, QueueActivity } from './model/reports/activity.js';
export type { UnroutableJobs } from './model/reports/unroutable-jobs.js';
export type { JobCounts, Progress, QueueCounts } from './model/counts.js';
export type {
  BlockedDispatcher,
  ExplainedDispatcher,
  ExplainedJob,
  Explanation,
} from './model/explanation.js';
export type {
  Quota,
  QuotaKey,
  QuotaKeys,
  QuotaListOptions,
  QuotaOptions,
  Quotas,
} from './queue/limits/quotas.js';
export type { RateLimit, RateLimits, RateLimitOptions } from './queue/limits/rate-limits.js';
export type { JobSchedule, ScheduleOptions, Schedules } from './queue/schedules/schedules.js';
export type { ScheduleTimes } from './model/schedules/times.js';
export type { BoundedListOptions, ListOptions, ListStatus } from './queue/list-options.js';
export { Queue } from './queue/queue.js';
export type { ChangeAllOptions, ChangedJobs } from './queue/operate/change-all.js';
export type { StopOptions } from './queue/operate/stop-options.js';
export { setProcessDefaults, type ProcessDefaults } from './job/process-defaults.js';
export { aroundPuts, type Put, type PutMiddleware } from './queue/put-middleware.js';
export type { PutJob, PutOptions, QueueOptions } from './queue/queue-options.js';
export { NeverRetry, RetryCommonForever, RetryCommonFourTimes } from './model/retry/common.js';
export { retry } from './model/retry/builder.js';
export type { Backoff, RetryMatcher, RetryOptions, RetryPredicate } from './model/retry/plan.js';
export {
  defineRetryPolicy,
  type InterruptData,
  type PolicyData,
  type RetryDecision,
  type RetryPolicy,
  type RetryQuestion,
  type RetryQuestions,
} from './model/retry/policy.js';
export type { DefineOptions } from './lib/registry.js';
export type { DeadLetters, DeadLetter, DeadLetterOptions } from './queue/dead-letters.js';
export { defineTask, type TaskOptions, type TaskResult } from './task/task.js';
export type { BoundArgs, RestArgs, Task } from './task/task-types.js';
