// The public face of @drover/core: everything that a producer and a task need.
import './pick-callback.js';
export { appendedJobs, appendJobs } from './append.js';
export { asJob } from './as-job.js';
export type { BareTask, JobOf, JobsOf } from './bare-task.js';
export { defineCodec, type Codec } from './codec/define-codec.js';
export {
  joinJobs,
  Continuation,
  type JobArgs,
  type JoinOptions,
  type OnFailure,
} from './continuation.js';
export { local } from './context.js';
export type { LiveAnnotationOptions } from './live-annotations.js';
export { outsideRun, type LocalDispatcher } from './run-context.js';
export type { WhenUnavailable } from './availability.js';
export type { ConnectionInput } from './redis-target.js';
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
  UnknownTaskError,
  UnavailableError,
  UnsupportedError,
} from './errors.js';
export { Failure, type FailureData } from './failure.js';
export { Job } from './job.js';
export type { AnyArgs, JobUpdate, WaitOptions } from './job-calls.js';
export type { CallbackPicks } from './job-callbacks.js';
export type { FailureLogLevel, JobDefaults, JobOptions } from './job-options.js';
export { JobStatus } from './job-state.js';
export type { Quota, Quotas } from './quotas.js';
export type { ListOptions } from './list-options.js';
export { Queue } from './queue.js';
export { setProcessDefaults, type ProcessDefaults } from './process-defaults.js';
export type { PutJob, PutOptions, QueueOptions } from './queue-options.js';
export { NeverRetry, RetryCommonForever, RetryCommonFourTimes } from './retry-common.js';
export {
  retry,
  type Backoff,
  type RetryMatcher,
  type RetryOptions,
  type RetryPredicate,
} from './retry-builder.js';
export {
  defineRetryPolicy,
  type InterruptData,
  type PolicyData,
  type RetryDecision,
  type RetryPolicy,
  type RetryQuestion,
  type RetryQuestions,
} from './retry-policy.js';
export type { DefineOptions } from './registry.js';
export type { DeadLetters, DeadLetter } from './dead-letters.js';
export type { UnavailableReason } from './redis-errors.js';
export {
  defineTask,
  type BoundArgs,
  type RestArgs,
  type Task,
  type TaskOptions,
  type TaskResult,
} from './task.js';
