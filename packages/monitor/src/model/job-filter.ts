// What people type to choose jobs: statuses, times and numbers.
import { InvalidArgumentError, type ListStatus } from '@drover/core';

export const LIST_STATUSES = [
  ...(['new', 'pending', 'assigned', 'active', 'callbacks', 'completed'] as const),
  ...(['succeeded', 'failed'] as const),
] satisfies ListStatus[];

const UNITS: Readonly<Record<string, number>> = { s: 1e3, m: 6e4, h: 36e5, d: 864e5 };

/**
 * Ms since 1970, of '10m' (ago) or of a date.
 * @param name of the option, for the error
 * @param now Redis's clock
 * @throws InvalidArgumentError
 */
export function timeIn(name: string, text: string, now: number): number {
  const [, count, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (count !== undefined) return now - Number(count) * (UNITS[unit] ?? 0);
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return time;
  throw new InvalidArgumentError(`${name} takes 10m, 2h, 7d, or a date such as 2030-01-31T12:00Z`);
}
