// The planned times of schedules (Q10), above all where the clocks of a time zone change.
import { InvalidArgumentError } from '../../src/errors.js';
import {
  lastTime,
  timeAfter,
  toTimes,
  type PlannedTimes,
} from '../../src/model/schedules/times.js';

const at = (text: string): number => Date.parse(`${text}:00Z`);

/** The first times after `from`, in UTC, to the minute. */
function timesFrom(times: PlannedTimes, from: string, count: number): string[] {
  const found: string[] = [];
  for (let time = at(from); found.length < count;) {
    time = timeAfter(times, time) ?? NaN;
    found.push(new Date(time).toISOString().slice(0, 16));
  }
  return found;
}

// Europe/Berlin: forward on 2026-03-29 at 01:00 UTC, from 02:00 to 03:00; back on 2026-10-25 at
// 01:00 UTC, from 03:00 to 02:00. America/New_York: forward on 2026-03-08 at 07:00 UTC, back on
// 2026-11-01 at 06:00 UTC. America/Santiago and Africa/Cairo have no midnight on their day.
it.each<[what: string, cron: string, timezone: string, from: string, times: string[]]>([
  [
    'a nightly time stays at its hour when the clock goes forward',
    '0 3 * * *',
    'Europe/Berlin',
    '2026-03-27T12:00',
    ['2026-03-28T02:00', '2026-03-29T01:00', '2026-03-30T01:00'],
  ],
  [
    'a nightly time stays at its hour when the clock goes back',
    '0 3 * * *',
    'Europe/Berlin',
    '2026-10-23T12:00',
    ['2026-10-24T01:00', '2026-10-25T02:00', '2026-10-26T02:00'],
  ],
  [
    'a time that is left out comes at the end of the gap',
    '30 2 * * *',
    'Europe/Berlin',
    '2026-03-27T12:00',
    ['2026-03-28T01:30', '2026-03-29T01:00', '2026-03-30T00:30'],
  ],
  [
    'several times that are left out come once',
    '15,45 2 * * *',
    'America/New_York',
    '2026-03-07T12:00',
    ['2026-03-08T07:00', '2026-03-09T06:15', '2026-03-09T06:45'],
  ],
  [
    'a time that comes twice counts the first time',
    '30 2 * * *',
    'Europe/Berlin',
    '2026-10-24T12:00',
    ['2026-10-25T00:30', '2026-10-26T01:30'],
  ],
  [
    'the same in New York',
    '30 1 * * *',
    'America/New_York',
    '2026-10-31T12:00',
    ['2026-11-01T05:30', '2026-11-02T06:30'],
  ],
  [
    'each half hour goes on through the gap',
    '*/30 * * * *',
    'Europe/Berlin',
    '2026-03-29T00:00',
    ['2026-03-29T00:30', '2026-03-29T01:00', '2026-03-29T01:30'],
  ],
  [
    'each hour goes on through both of the doubled hours',
    '0 * * * *',
    'America/New_York',
    '2026-11-01T04:30',
    ['2026-11-01T05:00', '2026-11-01T06:00', '2026-11-01T07:00'],
  ],
  [
    'a midnight that does not exist is not a day without its job',
    '0 0 * * *',
    'America/Santiago',
    '2026-09-05T12:00',
    ['2026-09-06T04:00', '2026-09-07T03:00'],
  ],
  [
    'the same in Cairo',
    '0 0 * * *',
    'Africa/Cairo',
    '2026-04-23T12:00',
    ['2026-04-23T22:00', '2026-04-24T21:00'],
  ],
])('Q10 %s', (_, cron, timezone, from, times) => {
  expect(timesFrom({ cron, timezone }, from, times.length)).toEqual(times);
});

it('Q10 the last time up to a moment is the one that steps from the first find', () => {
  const zones = [
    ['30 2 * * *', 'Europe/Berlin', '2026-03-27T12:00'],
    ['30 2 * * *', 'Europe/Berlin', '2026-10-23T12:00'],
    ['*/20 1 * * *', 'America/New_York', '2026-10-30T12:00'],
    ['0 0 1 * *', 'UTC', '2026-01-15T12:00'],
  ] as const;
  for (const [cron, timezone, from] of zones) {
    const times = { cron, timezone };
    const first = timeAfter(times, at(from)) ?? NaN;
    let time = first;
    for (let i = 0; i < 8; i++) {
      const after = timeAfter(times, time) ?? NaN;
      expect(lastTime(times, first, time)).toBe(time);
      expect(lastTime(times, first, after - 1)).toBe(time);
      time = after;
    }
  }
});

it('Q10 a grid keeps to its start, without drift', () => {
  const grid = { every: 200, start: 1_000_000_000_123 };
  const { start } = grid;
  expect(timeAfter(grid, start - 5)).toBe(start);
  expect(timeAfter(grid, start)).toBe(start + 200);
  expect(timeAfter(grid, start + 399)).toBe(start + 400);
  const late = start + 200 * 1e9;
  expect(timeAfter(grid, late + 7)).toBe(late + 200);
  expect(lastTime(grid, start, late + 199)).toBe(late);
});

it('Q10 times are made whole: the zone is UTC, and blanks are single', () => {
  expect(toTimes({ cron: ' 0  3 * * * ' })).toEqual({ cron: '0 3 * * *', timezone: 'UTC' });
  expect(toTimes({ cron: '@daily' })).toEqual({ cron: '@daily', timezone: 'UTC' });
  expect(toTimes({ cron: '*/10 0 3 * * MON-FRI', timezone: 'Europe/Berlin' })).toEqual({
    cron: '*/10 0 3 * * MON-FRI',
    timezone: 'Europe/Berlin',
  });
  expect(toTimes({ every: 1 })).toEqual({ every: 1 });
});

it.each([
  [{ cron: '61 * * * *' }, '"61 * * * *" is no cron expression: '],
  [{ cron: 'nightly' }, '"nightly" is no cron expression: it has five fields'],
  [{ cron: '0 3 * *' }, 'is no cron expression'],
  [{ cron: '2027-01-01T00:00:00' }, 'is no cron expression'],
  [{ cron: '' }, '"" is no cron expression'],
  [{ cron: 5 }, '5 is no cron expression'],
  [{ cron: '@reboot' }, 'is no cron expression'],
  [{ cron: '0 3 * * *', timezone: 'Mars/Base' }, '"Mars/Base" is no time zone'],
  [{ cron: '0 3 * * *', timezone: '' }, '"" is no time zone'],
  [{ cron: '0 3 * * *', timezone: 5 }, '5 is no time zone'],
  [{ cron: '0 3 * * *', every: 5 }, 'either { cron, timezone } or { every }'],
  [{}, 'either { cron, timezone } or { every }'],
  [{ every: 5, timezone: 'UTC' }, 'has no timezone'],
  [{ every: 0 }, 'every must be a whole number of ms'],
  [{ every: 1.5 }, 'every must be a whole number of ms'],
  [{ every: Infinity }, 'every must be a whole number of ms'],
  [{ every: '60' }, 'every must be a whole number of ms, from 1 to 32,000,000,000,000, not "60"'],
  [{ every: 5, tz: 'UTC' }, 'the times of a schedule has no option "tz"'],
  [null, 'the times of a schedule must be an object'],
])('Q10, B2 times %j are refused', (times, message) => {
  expect(() => toTimes(times)).toThrow(InvalidArgumentError);
  expect(() => toTimes(times)).toThrow(message);
});
