// The options of a job as they are stored: BullMQ's field `opts`, JSON.
import type { StoredJobOptions } from '../../../model/job-options.js';
import type { JobMeta } from '../../../model/meta.js';

/**
 * The JSON of options. `meta` is the last one: scripts copy its text to other jobs, since reading
 * and writing it in Lua would change empty arrays and long numbers.
 * @param inherited the `meta` of the job that it belongs to, for a job without (J11)
 */
export function optionsText(options: StoredJobOptions, inherited?: JobMeta): string {
  if (options.meta === undefined && inherited === undefined) {
    // Most jobs have no options.
    for (const _ in options) return JSON.stringify(options);
    return '{}';
  }
  const { meta = inherited, ...others } = options;
  return JSON.stringify({ ...others, meta });
}
