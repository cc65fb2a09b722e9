// What is logged of a worker thread that was not ended by the job that ran there (D7): who left
// that, as far as it is known.
import type { Log } from '../logging/log.js';
import type { JobFields } from '../logging/log-fields.js';
import type { RunName } from './thread-messages.js';
import type { ThreadEnd } from './thread.js';

/** A job is named by its id and its task: never by its arguments (B2). */
const named = ({ id, task }: RunName): { job: string; task: string } => ({ job: id, task });

/** Who was there. */
export interface Present {
  /** The jobs that had run in the thread. */
  earlier: readonly RunName[];
  /** The job that ran in it, and what becomes of it. */
  innocent?: RunName & { fate: string; fields: JobFields };
}

/** Something ended a thread that an earlier job has left there, or a module. */
export function logLeft(
  logger: Log,
  { cause, by }: ThreadEnd,
  { earlier, innocent }: Present,
): void {
  const who = by ? { leftBy: named(by) } : { leftBy: 'unknown', earlier: earlier.map(named) };
  const what = by
    ? `what job ${by.id} (${by.task}) has left in its worker thread`
    : 'what a module, or one of the jobs that ran there before, has left in a worker thread';
  const harm = innocent
    ? `job ${innocent.id} (${innocent.task}) ${innocent.fate}`
    : 'no job ran there';
  logger.error(
    { ...who, ...innocent?.fields, err: cause },
    `the thread was ended by ${what}: ${cause.message}; ${harm}`,
  );
}
