// Logs the end of a worker thread that was not caused by the job that ran there (D7), and which job
// or module left the code that ended it.
import type { Log } from '../logging/log.js';
import type { JobFields } from '../logging/log-fields.js';
import type { RunName } from './thread-messages.js';
import type { ThreadEnd } from './thread.js';

const named = ({ id, task }: RunName): { job: string; task: string } => ({ job: id, task });

/** The runs of the thread. */
export interface Present {
  /** The last runs that ended there. */
  earlier: readonly RunName[];
  /** The run under way, and what happens to its job. */
  innocent?: RunName & { fate: string; fields: JobFields };
}

/** Code that an earlier job, or a module, left in a thread ended that thread. */
export function logLeft(
  logger: Log,
  { cause, by }: ThreadEnd,
  { earlier, innocent }: Present,
): void {
  const who = by ? { leftBy: named(by) } : { leftBy: 'unknown', earlier: earlier.map(named) };
  const what = by
    ? `code that job ${by.id} (${by.task}) left in it`
    : 'code that a module, or an earlier job, left in it';
  const harm = innocent
    ? `job ${innocent.id} (${innocent.task}) ${innocent.fate}`
    : 'no job ran there';
  logger.error(
    { ...who, ...innocent?.fields, err: cause },
    `the thread was ended by ${what}: ${cause.message}; ${harm}`,
  );
}
