// Tables of figures, and what must hold of them.
import type { Result, Table } from './scenarios/scenario.js';

export function report({ tables, verdicts }: Result): string {
  const judged = verdicts.map(
    ({ target, measured, holds }) => `${holds ? '✓' : '✗'} ${target}: ${measured}`,
  );
  return [...tables.map(toText), judged.join('\n')].join('\n\n');
}

/** Numbers as people read them. */
export function round(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 1_000)
    return Math.round(value).toLocaleString('en');
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
}

/** The label stands to the left, all else to the right. */
function toText({ title, columns, rows }: Table): string {
  const lines = [
    columns,
    ...rows.map((row) => row.map((cell) => (typeof cell === 'number' ? round(cell) : cell))),
  ];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => (line[i] ?? '').length)));
  const texts = lines.map((line) =>
    line
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  '),
  );
  const [head = '', ...body] = texts;
  return [title, head, '─'.repeat(head.length), ...body].map((line) => line.trimEnd()).join('\n');
}
