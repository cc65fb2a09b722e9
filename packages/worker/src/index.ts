// The public face of @drover/worker: the dispatcher that claims and runs jobs.
export { Dispatcher, DispatcherStatus, type ActivateOptions, type DeactivateOptions } from './dispatcher.js';
export type { DispatcherEvents, JobEvent } from './events.js';
export type { AgentOptions, DispatcherOptions, ThreadOptions } from './options.js';
