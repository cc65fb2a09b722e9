// The lane and the tasks of recovery's own jobs, by which they are found (I8).

/** Each dispatcher of the queue serves it. */
export const SYSTEM_LANE = 'system';

/** Decides about a job that was interrupted. */
export const HANDLE_INTERRUPT = 'drover.handleInterrupt';

export const RECOVERY_TASKS: ReadonlySet<string> = new Set([
  ...[HANDLE_INTERRUPT, 'drover.resumeCallbacks', 'drover.cancel'],
]);
