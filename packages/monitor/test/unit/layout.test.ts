// Tables and paragraphs fit the terminal, whatever is in them.
import stringWidth from 'string-width';
import { tableLines, wrapped } from '../../src/cli/layout.js';

const columns = [
  { title: 'QUEUE', least: 8 },
  { title: 'DUE', align: 'right' },
  { title: 'TASK', least: 4 },
] as const;

it('a table is as wide as its cells, and numbers stand at the right', () => {
  expect(tableLines(columns, [['images', '5', 'a']], 80)).toEqual([
    'QUEUE   DUE  TASK',
    'images    5  a',
  ]);
});

it('a table that is too wide cuts the widest columns that may shrink', () => {
  const lines = tableLines(columns, [['q'.repeat(50), '123456', '漢'.repeat(30)]], 40);
  expect(lines.map((line) => stringWidth(line))).toEqual([expect.any(Number), 40]);
  expect(lines[1]).toMatch(/^q+… +123456 +漢+…$/);
});

it('lines of a table are cut where its columns cannot become narrow enough', () => {
  const lines = tableLines(columns, [['images', '123456789', 'tasks']], 20);
  expect(lines).toEqual(['QUEUE         DUE  …', 'images  123456789  …']);
});

it('B2 a cell with a new line or an escape stays one safe line', () => {
  const lines = tableLines(columns, [['a\nb', '1', '\x1b[2J']], 80);
  expect(lines[1]).toBe('a\\nb     1  \\x1b[2J');
});

it('a paragraph is wrapped, and a long word is broken', () => {
  const lines = wrapped(`one two ${'x'.repeat(30)} three`, 20, '  ');
  expect(lines).toEqual(['  one two', `  ${'x'.repeat(18)}`, `  ${'x'.repeat(12)} three`]);
});
