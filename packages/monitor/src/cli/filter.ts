// The options by which commands choose jobs of a queue.
import { Option, type Command } from 'commander';
import type { ListOptions, ListStatus } from '@drover/core';
import { WrongUse } from './command.js';

const STATUSES = [
  ...['new', 'pending', 'assigned', 'active', 'callbacks', 'completed'],
  ...['succeeded', 'failed'],
];
const UNITS: Readonly<Record<string, number>> = { s: 1e3, m: 6e4, h: 36e5, d: 864e5 };

export function addFilter(command: Command): Command {
  return command
    .addOption(new Option('-s, --status <status...>', 'one or several').choices(STATUSES))
    .option('--failed', 'the same as --status failed')
    .option('-t, --task <task>', 'a task; * stands for any characters')
    .option('-l, --lane <lane>', 'a lane')
    .option('--dispatcher <uuid>', 'jobs that it runs, or ran last; its beginning is enough')
    .option('--since <time>', 'ended (or put) since then: 10m, 2h, 7d, or an ISO date')
    .option('--until <time>', 'ended (or put) before that')
    .option('--text <text>', 'in the task, the id, or the arguments as JSON');
}

/** @param now Redis's clock. @throws WrongUse */
export function filterOf(options: Readonly<Record<string, unknown>>, now: number): ListOptions {
  const { status, failed, task, lane, since, until, text } = options as Record<
    string,
    string | undefined
  >;
  if (failed && status) throw new WrongUse('give either --failed or --status');
  return {
    ...(failed && { status: 'failed' as const }),
    ...(status && { status: status as unknown as ListStatus[] }),
    ...(task !== undefined && { task }),
    ...(lane !== undefined && { lane }),
    ...(since !== undefined && { since: timeIn('--since', since, now) }),
    ...(until !== undefined && { until: timeIn('--until', until, now) }),
    ...(text !== undefined && { text }),
  };
}

/** Whether a filter chooses anything: without one, a command would change all jobs. */
export function isEmpty(filter: ListOptions): boolean {
  return Object.keys(filter).length === 0;
}

/** ms since 1970, of '10m' (ago) or of a date. */
function timeIn(option: string, text: string, now: number): number {
  const [, count, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (count !== undefined) return now - Number(count) * (UNITS[unit] ?? 0);
  const time = Date.parse(text);
  if (Number.isNaN(time))
    throw new WrongUse(`${option} takes 10m, 2h, 7d, or a date such as 2030-01-31T12:00Z`);
  return time;
}

/** A whole number from `least`. @throws WrongUse */
export function numberIn(option: string, text: unknown, least = 1): number {
  const number = Number(text);
  if (typeof text === 'string' && /^\d+$/.test(text) && number >= least) return number;
  throw new WrongUse(`${option} takes a whole number, from ${least}`);
}
