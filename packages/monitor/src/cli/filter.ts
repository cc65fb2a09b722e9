// The options by which commands choose jobs of a queue.
import { Option, type Command } from 'commander';
import type { ListOptions } from '@drover/core';
import { LIST_STATUSES, toListOptions, type TypedFilter } from '../model/job-filter.js';
import type { Sources } from '../model/sources.js';
import { WrongUse } from './command.js';

export function addFilter(command: Command): Command {
  return command
    .addOption(new Option('-s, --status <status...>', 'one or several').choices(LIST_STATUSES))
    .option('--failed', 'the same as --status failed')
    .option('-t, --task <task>', 'a task; * stands for any characters')
    .option('-l, --lane <lane>', 'a lane')
    .option('--dispatcher <uuid>', 'jobs that it runs, or ran last; its beginning is enough')
    .option('--since <time>', 'ended (or put) since then: 10m, 2h, 7d, or an ISO date')
    .option('--until <time>', 'ended (or put) before that')
    .option('--text <text>', 'in the task, the id, or the arguments as JSON');
}

/**
 * @param now Redis's clock
 * @throws WrongUse; else as `toListOptions`
 */
export async function filterOf(
  sources: Sources,
  options: Readonly<Record<string, unknown>>,
  now: number,
): Promise<ListOptions> {
  const { failed, status, ...typed } = options as TypedFilter & { failed?: true };
  if (failed && status) throw new WrongUse('give either --failed or --status');
  return await toListOptions(sources, { ...typed, status: failed ? 'failed' : status }, now, '--');
}

/** Whether a filter chooses anything: without one, a command would change all jobs. */
export function isEmpty(filter: ListOptions): boolean {
  return Object.keys(filter).length === 0;
}
