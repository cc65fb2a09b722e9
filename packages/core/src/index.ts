// The public face of @drover/core: everything that a producer and a task need.
export { defineCodec, type Codec } from './codec/define-codec.js';
export { joinJobs, Continuation, type JoinOptions } from './continuation.js';
export { local, type LocalDispatcher } from './context.js';
export type { ConnectionInput } from './connection.js';
export {
  AbortedError,
  AlreadyActivatedError,
  BadStatusError,
  DataTooLargeError,
  DroverError,
  DuplicateNameError,
  InvalidArgumentError,
  NoLocalJobError,
  ReassignedError,
  RemovedError,
  RetryableError,
  SerializationError,
  TimeoutError,
  UnknownCodecError,
  UnknownPolicyError,
  UnknownTaskError,
  UnsupportedError,
} from './errors.js';
export { Failure, type FailureData } from './failure.js';
export { Job, type WaitOptions } from './job.js';
export type { FailureLogLevel, JobOptions } from './job-options.js';
export { JobStatus } from './job-state.js';
export { Queue, type ListOptions, type QueueOptions } from './queue.js';
export {
  defineRetryPolicy,
  NeverRetry,
  RetryCommonForever,
  RetryCommonFourTimes,
  type PolicyData,
  type RetryDecision,
  type RetryPolicy,
  type RetryQuestions,
} from './retry-policy.js';
export { defineTask, type BoundArgs, type Task, type TaskOptions, type TaskResult } from './task.js';
