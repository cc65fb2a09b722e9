// The options of a job as they are stored: BullMQ's field `opts`, JSON.
import type { StoredJobOptions } from '../../../model/job-options.js';
import { inheritedMeta } from '../../../model/meta.js';

/** The options that a child has from the job that waits for it (J11, Q7). */
export type Inherited = Pick<StoredJobOptions, 'meta' | 'priority'>;

/**
 * The JSON of options. `meta` is the last one: scripts copy its text to other jobs, since reading
 * and writing it in Lua would change empty arrays and long numbers. `priority` is the first one,
 * where scripts look for it.
 * @param inherited those of the job that it belongs to, for a job without its own
 */
export function optionsText(options: StoredJobOptions, inherited?: Inherited): string {
  const { priority = inherited?.priority } = options;
  const meta = inheritedMeta(options.meta, inherited?.meta);
  if (meta === undefined && priority === undefined) {
    // Most jobs have no options.
    for (const _ in options) return JSON.stringify(options);
    return '{}';
  }
  const { meta: _meta, priority: _priority, ...others } = options;
  return JSON.stringify({ priority, ...others, meta });
}
