// The table on the console: a line for each metric, and below it one for each side.
import { micros, ratio, rounded, verdict } from './format.js';
import type { Numbers, Row } from './rows.js';
import { sideTitles, type SideName } from './sides/side.js';

const TITLES = ['', 'median', 'ratio (min … max)', 'producer', 'worker', 'Redis', 'target'];
const WIDTHS = [48, 10, 22, 10, 8, 8, 18];

export const NOTES = `Ratio: Drover's number divided by that of the line, of medians; "min … max": of measurements made
next to each other. Where the target is ≥, more is better; where it is ≤, less. The second of two
targets is for later. producer, worker, Redis: CPU microseconds per job; it changes less with what
else the machine does. The processes of a side live for all measurements of a scenario (memory: for
one). Each job was checked to have run exactly once, each result to be right.`;

export function header(): string {
  const width = WIDTHS.reduce((sum, one) => sum + one + 1, 0);
  return `${columns(TITLES)}\n${'─'.repeat(width)}`;
}

export function lines(row: Row): string {
  const sides = Object.entries(row.sides) as [SideName, Numbers][];
  return [`${row.name}, ${row.unit}`, ...sides.map((one) => line(row, ...one))].join('\n');
}

function line({ better, targets }: Row, side: SideName, { median, ...numbers }: Numbers): string {
  const { cpu, ratio: ratios } = numbers;
  const range = ratios && `${ratio(ratios.median)} (${ratio(ratios.min)} … ${ratio(ratios.max)})`;
  const wanted =
    ratios && targets[side]?.map((target) => verdict(target, ratios.median, better)).join('  ');
  const times = cpu ? [cpu.producer, cpu.worker, cpu.redis].map(micros) : ['', '', ''];
  return columns([`  ${sideTitles[side]}`, rounded(median), range ?? '', ...times, wanted ?? '']);
}

/** Numbers stand to the right, text to the left. */
function columns(texts: string[]): string {
  const isText = (i: number): boolean => i === 0 || i === texts.length - 1;
  const padded = texts.map((text, i) =>
    isText(i) ? text.padEnd(WIDTHS[i] ?? 0) : text.padStart(WIDTHS[i] ?? 0),
  );
  return padded.join(' ').trimEnd();
}
