// Numbers as people read them, alike on the console and in the README.
import type { Metric } from './scenarios/scenario.js';

/** Three digits, or all of a whole number that has more. */
export function rounded(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value.toFixed(value >= 10 ? 1 : value >= 1 ? 2 : 3);
}

export function ratio(value: number): string {
  return value >= 100 ? rounded(value) : value.toFixed(2);
}

/** CPU microseconds of a job. */
export function micros(value: number | undefined): string {
  if (value === undefined) return '–';
  return value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en');
}

/** A target, and whether a ratio reaches it. */
export function verdict(target: number, reached: number, better: Metric['better']): string {
  const isReached = better === 'higher' ? reached >= target : reached <= target;
  return `${better === 'higher' ? '≥' : '≤'} ${target} ${isReached ? '✓' : '✗'}`;
}
