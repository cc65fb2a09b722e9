// Fits text to the width of a terminal: tables, and paragraphs.
import stringWidth from 'string-width';
import { clean } from '../text/clean.js';

export interface Column {
  title: string;
  align?: 'right';
  /** It becomes narrower, down to so many columns, where a table is too wide. */
  least?: number;
}

const GAP = '  ';

/**
 * The lines of a table, the titles first. Cells are made safe for a terminal, and cut where they
 * are too long.
 */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): string[] {
  const texts = [columns.map(({ title }) => title), ...rows.map((row) => row.map(clean))];
  const widths = columns.map((_, i) => Math.max(...texts.map((row) => stringWidth(row[i] ?? ''))));
  narrow(columns, widths, width);
  const lines = texts.map((row) =>
    columns
      .map(({ align }, i) => fitted(row[i] ?? '', widths[i] ?? 0, align))
      .join(GAP)
      .trimEnd(),
  );
  // A terminal may be too narrow for the columns that do not shrink.
  return lines.map((line) => cutTo(line, width));
}

/** Makes the widest of the columns that may shrink narrower, one by one. */
function narrow(columns: readonly Column[], widths: number[], width: number): void {
  const gaps = GAP.length * (columns.length - 1);
  for (;;) {
    const excess = widths.reduce((sum, one) => sum + one, gaps) - width;
    if (excess <= 0) return;
    const spare = columns.map(({ least }, i) => (widths[i] ?? 0) - (least ?? Infinity));
    const most = Math.max(...spare);
    if (most <= 0) return;
    const widest = spare.indexOf(most);
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
}

function fitted(text: string, width: number, align: 'right' | undefined): string {
  const cut = cutTo(text, width);
  const space = ' '.repeat(Math.max(0, width - stringWidth(cut)));
  return align === 'right' ? space + cut : cut + space;
}

/** The text, or its beginning with an ellipsis. */
export function cutTo(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let cut = '';
  let used = 1;
  for (const character of text) {
    used += stringWidth(character);
    if (used > width) break;
    cut += character;
  }
  return `${cut}…`;
}

/** A paragraph in lines of at most `width` columns. A longer word is broken. */
export function wrapped(text: string, width: number, indent = ''): string[] {
  const lines: string[] = [];
  let line = '';
  const most = width - stringWidth(indent);
  for (const word of clean(text)
    .split(' ')
    .flatMap((one) => piecesOf(one, most))) {
    const next = line === '' ? word : `${line} ${word}`;
    if (line !== '' && stringWidth(indent + next) > width) {
      lines.push(indent + line);
      line = word;
    } else line = next;
  }
  return [...lines, indent + line];
}

function piecesOf(word: string, width: number): string[] {
  if (stringWidth(word) <= width) return [word];
  const pieces = [''];
  for (const character of word) {
    const grown = pieces.at(-1) + character;
    if (stringWidth(grown) > width) pieces.push(character);
    else pieces[pieces.length - 1] = grown;
  }
  return pieces;
}
