// The table: a line for each metric.
import type { Row } from './compare.js';

const TITLES = ['', 'raw', 'Drover', 'ratio', 'min … max', 'CPU µs per job', 'target'];
const WIDTHS = [36, 9, 9, 7, 13, 18, 16];

export const NOTES = `Ratio: Drover / raw, of medians; "min … max": of measurements made next to each other. Where the target is ≥, more is
better; where it is ≤, less. The second of two targets is for later. CPU µs per job: of this process and of Redis,
raw → Drover; they change less with what else the machine does. Producer and worker of each side share this process. Each
job was checked to have run exactly once, and each result to be right.`;

export function header(): string {
  const width = WIDTHS.reduce((sum, one) => sum + one + 1, 0);
  return `${columns(TITLES)}\n${'─'.repeat(width)}`;
}

export function line(row: Row): string {
  const { name, unit, ratio, ratioMin, ratioMax } = row;
  const values = [row.raw, row.drover].map(round);
  const range = `${ratioMin.toFixed(2)} … ${ratioMax.toFixed(2)}`;
  return columns([`${name}, ${unit}`, ...values, ratio.toFixed(2), range, cpu(row), target(row)]);
}

function cpu({ cpu: { raw, drover } }: Row): string {
  if (raw === undefined || drover === undefined) return '';
  return `${Math.round(raw)} → ${Math.round(drover)} (${(drover / raw).toFixed(2)})`;
}

function target({ better, targets, ratio }: Row): string {
  const isReached = (one: number): boolean => (better === 'higher' ? ratio >= one : ratio <= one);
  const sign = better === 'higher' ? '≥' : '≤';
  return targets.map((one) => `${sign} ${one} ${isReached(one) ? '✓' : '✗'}`).join('  ');
}

/** Numbers stand to the right, text to the left. */
function columns(texts: string[]): string {
  const isText = (i: number): boolean => i === 0 || i === texts.length - 1;
  const padded = texts.map((text, i) => (isText(i) ? text.padEnd(WIDTHS[i] ?? 0) : text.padStart(WIDTHS[i] ?? 0)));
  return padded.join(' ').trimEnd();
}

function round(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(3);
}
