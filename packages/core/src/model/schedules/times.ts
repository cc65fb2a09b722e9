// The planned times of a schedule (Q10): those of a cron expression in its time zone, or of a fixed
// grid.
import { Cron } from 'croner';
import { InvalidArgumentError } from '../../errors.js';
import { Failure } from '../../codec/failure.js';
import { describeValue } from '../../lib/describe-value.js';
import { LONGEST_TIME } from '../../lib/timeout.js';
import { checkOptions } from '../../lib/unknown-options.js';
import { checkWhole } from '../../lib/whole-number.js';

/** When the jobs of a schedule are put: by a cron expression, or so many ms after each other. */
export type ScheduleTimes =
  | {
      /**
       * Five fields (minute, hour, day of the month, month, day of the week), or six with the
       * second before them; or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`.
       */
      cron: string;
      /** An IANA name, such as 'Europe/Berlin'. Default: 'UTC', whatever the host's is. */
      timezone?: string;
    }
  | {
      /** Ms from one time to the next, a whole number from 1. The first time is that of `set`. */
      every: number;
    };

/** The same with all defaults. A grid has a time at `start`, in ms since 1970. */
export type PlannedTimes = { cron: string; timezone: string } | { every: number; start: number };

/** Five or six fields, or a nickname such as `@daily`. A date alone is one field. */
const CRON = /^(@[a-z]+|\S+(\s+\S+){4,5})$/i;

/**
 * Checks times that a user gives. The start of a grid is not known yet.
 * @throws InvalidArgumentError, which names what is wrong
 */
export function toTimes(times: unknown): { cron: string; timezone: string } | { every: number } {
  checkOptions('the times of a schedule', times, ['cron', 'timezone', 'every']);
  const { cron, timezone, every } = times as Record<'cron' | 'timezone' | 'every', unknown>;
  if ((cron === undefined) === (every === undefined))
    throw new InvalidArgumentError('a schedule has either { cron, timezone } or { every }');
  if (cron !== undefined) return { cron: checkCron(cron), timezone: checkZone(timezone) };
  if (timezone !== undefined)
    throw new InvalidArgumentError('a schedule with { every } has no timezone: it counts ms');
  checkWhole('every', every, { from: 1, to: LONGEST_TIME, of: 'ms' });
  return { every };
}

function checkCron(cron: unknown): string {
  const is = `${describeValue(cron)} is no cron expression`;
  if (typeof cron !== 'string' || !CRON.test(cron.trim()))
    throw new InvalidArgumentError(
      `${is}: it has five fields, or six with the second first, as '0 3 * * *'`,
    );
  const expression = cron.trim().replace(/\s+/g, ' ');
  try {
    cronAfter({ cron: expression, timezone: 'UTC' });
  } catch (error) {
    throw new InvalidArgumentError(`${is}: ${Failure.from(error).message}`);
  }
  return expression;
}

function checkZone(timezone: unknown = 'UTC'): string {
  try {
    if (typeof timezone === 'string' && timezone !== '') {
      timeAfter({ cron: '* * * * *', timezone }, 0);
      return timezone;
    }
  } catch {
    // The error below says what is wrong.
  }
  throw new InvalidArgumentError(
    `${describeValue(timezone)} is no time zone: give an IANA name, as 'Europe/Berlin'`,
  );
}

/** The first time after `time`, both in ms since 1970; undefined where no other comes. */
export function timeAfter(times: PlannedTimes, time: number): number | undefined {
  if ('cron' in times) return cronAfter(times)(time);
  const { start, every } = times;
  return time < start ? start : start + (Math.floor((time - start) / every) + 1) * every;
}

/** The last time up to `end`, where `first` is one. All in ms since 1970. */
export function lastTime(times: PlannedTimes, first: number, end: number): number {
  if ('every' in times) {
    const { start, every } = times;
    return Math.max(first, start + Math.floor((end - start) / every) * every);
  }
  // Not backwards: in the hours around a change of the clock the library then finds other times.
  const after = cronAfter(times);
  let low = first - 1;
  let high = end;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if ((after(middle) ?? Infinity) <= end) low = middle;
    else high = middle;
  }
  const found = after(low);
  return found !== undefined && found <= end ? found : first;
}

function cronAfter({ cron, timezone }: { cron: string; timezone: string }) {
  // Without a function it starts no timer. As in Unix's cron, fixed times that a change of the
  // clock leaves out come once right after it, and those that it doubles come once. Others, such as
  // each half hour, go on.
  const expression = new Cron(cron, { timezone, fixedTimeRule: 'no-wildcard' });
  return (time: number): number | undefined => expression.nextRun(new Date(time))?.getTime();
}
