// The public face of @drover/worker: the dispatcher that claims and runs jobs.
export { Dispatcher } from './dispatcher/dispatcher.js';
export type { Health } from './dispatcher/health.js';
export { DispatcherStatus } from './dispatcher/status.js';
export type { ActivateOptions, DeactivateOptions } from './options/lifecycle-options.js';
export type { Middleware } from './activation/middleware.js';
export type {
  DispatcherEvents,
  InterruptDecidedEvent,
  JobEvent,
  RunEndEvent,
} from './context/events.js';
export { RunState, type JobInfo } from './history/job-history.js';
export type { LanePoll, Poll } from './history/poll.js';
export type { AgentFilter } from './history/agent-filter.js';
export type { Percentiles, TimesOfJobs } from './history/times.js';
export type { HistoryInterval, Statistics, StatisticsOptions } from './history/statistics.js';
export type { EndStatistics, JobDuration } from './history/ends.js';
export type {
  AgentOptions,
  DispatcherOptions,
  KeepByOutcome,
  KeepCompletedOptions,
  KeepLimits,
  ThreadOptions,
} from './options/options.js';
