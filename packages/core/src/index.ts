// The public face of @drover/core: everything that a producer and a task need.
import './pick-callback.js';
export { joinJobs, Continuation, type JoinOptions } from './continuation.js';
export { local, type LocalDispatcher } from './context.js';
export type { ConnectionInput } from './connection.js';
export {
  AbortedError,
  AlreadyActivatedError,
  BadStatusError,
  DroverError,
  DuplicateNameError,
  InvalidArgumentError,
  NoLocalJobError,
  ReassignedError,
  RemovedError,
  RetryableError,
  SerializationError,
  TimeoutError,
  UnknownPolicyError,
  UnknownTaskError,
  UnsupportedError,
} from './errors.js';
export { Failure, type FailureData } from './failure.js';
export { Job, type AnyArgs, type WaitOptions } from './job.js';
export type { CallbackPicks } from './job-callbacks.js';
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
export { defineTask, type BoundArgs, type RestArgs, type Task, type TaskOptions, type TaskResult } from './task.js';
