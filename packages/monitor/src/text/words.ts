// Times and numbers in words.

const UNITS: readonly (readonly [ms: number, unit: string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
];

/** A time span, short: '850 ms', '1.2 s', '5 min', '3 h', '12 d'. */
export function span(ms: number): string {
  const positive = Math.max(0, ms);
  for (const [size, unit] of UNITS) {
    if (positive < size) continue;
    const count = positive / size;
    return `${count < 10 && unit === 's' ? count.toFixed(1) : Math.floor(count)} ${unit}`;
  }
  return `${Math.round(positive)} ms`;
}

const TYPED: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5 };

/** Ms, of a time span as it is typed: '500ms', '10m', '2h'; undefined where it is none. */
export function msIn(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,15})(ms|[smhd])$/.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * (TYPED[unit] ?? 0);
}

/** '1 job', '2 jobs'. */
export function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}

/** A time: ISO, with the date. */
export function moment(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}
