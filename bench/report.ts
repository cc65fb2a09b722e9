// The table: a line for each metric.
import type { Row } from './compare.js';

const TITLES = [
  '',
  'raw',
  'Drover',
  'ratio',
  'min … max',
  'worker + Redis, µs',
  'producer, µs',
  'target',
];
const WIDTHS = [36, 9, 9, 7, 13, 18, 18, 16];

export const NOTES = `Ratio: Drover / raw, of medians; "min … max": of measurements made next to each other. Where the
target is ≥, more is better; where it is ≤, less. The second of two targets is for later. µs: CPU time
per job, raw → Drover, of the worker process with Redis, and of the producer process; it changes less
with what else the machine does. Each side has a producer process and a worker process, which live for
all measurements of a scenario. Each job was checked to have run exactly once, each result to be right.`;

export function header(): string {
  const width = WIDTHS.reduce((sum, one) => sum + one + 1, 0);
  return `${columns(TITLES)}\n${'─'.repeat(width)}`;
}

export function line(row: Row): string {
  const { name, unit, ratio, ratioMin, ratioMax } = row;
  const values = [row.raw, row.drover].map(round);
  const range = `${ratioMin.toFixed(2)} … ${ratioMax.toFixed(2)}`;
  const { raw, drover } = row.cpu;
  const ofWorker = raw && drover ? cpu(raw.worker + raw.redis, drover.worker + drover.redis) : '';
  const ofProducer = raw && drover ? cpu(raw.producer, drover.producer) : '';
  return columns([
    `${name}, ${unit}`,
    ...values,
    ratio.toFixed(2),
    range,
    ofWorker,
    ofProducer,
    target(row),
  ]);
}

/** Nothing for a process that only waits. */
function cpu(raw: number, drover: number): string {
  if (Math.max(raw, drover) < 1) return '';
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
  const padded = texts.map((text, i) =>
    isText(i) ? text.padEnd(WIDTHS[i] ?? 0) : text.padStart(WIDTHS[i] ?? 0),
  );
  return padded.join(' ').trimEnd();
}

function round(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(3);
}
