// The table: a line for each metric.
import type { Row } from './compare.js';

const WIDTHS = [30, 12, 12, 8, 16, 16] as const;

export const NOTES = `Ratio: Drover / raw, of medians; "min … max": of measurements made next to each other. Where the target is ≥, more is
better; where it is ≤, less. A second target is the one after the next step. Producer and worker of each side share this process;
each job was checked to have run exactly once.`;

export function header(): string {
  const titles = ['', 'raw', 'Drover', 'ratio', 'min … max', 'target'];
  return `${columns(titles)}\n${'─'.repeat(WIDTHS.reduce((sum, width) => sum + width, 0) + 14)}`;
}

export function line(row: Row): string {
  const { name, unit, ratio, ratioMin, ratioMax } = row;
  const values = [row.raw, row.drover].map(round);
  const range = `${ratioMin.toFixed(2)} … ${ratioMax.toFixed(2)}`;
  return columns([`${name}, ${unit}`, ...values, ratio.toFixed(2), range, target(row)]);
}

function target({ better, targets, ratio }: Row): string {
  const isReached = (one: number): boolean => (better === 'higher' ? ratio >= one : ratio <= one);
  const sign = better === 'higher' ? '≥' : '≤';
  return targets.map((one) => `${sign} ${one} ${isReached(one) ? '✓' : '✗'}`).join('  ');
}

function columns(texts: string[]): string {
  const last = texts.length - 1;
  return texts.map((text, i) => (i === 0 || i === last ? text.padEnd(WIDTHS[i] ?? 0) : text.padStart(WIDTHS[i] ?? 0))).join('  ').trimEnd();
}

function round(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(3);
}
