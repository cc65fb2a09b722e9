// The guide names lines of the log as the code writes them.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../kit/paths.js';
import { namesIn, read, tableOf } from './markdown.js';

const source = ['packages/core/src', 'packages/worker/src']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /(?<!\.generated)\.ts$/.test(name))
      .map((name) => read(join(folder, name))),
  )
  .join('\n');

const lines = tableOf(read('docs/guides/operating.md'), 'line').rows.flatMap(([cell = '']) =>
  namesIn(cell),
);

test('the guide has a table of the lines of the log', () => {
  expect(lines.length).toBeGreaterThan(10);
});

/** The parts of a line between its "…", at which the code puts a name or a number. */
const partsOf = (line: string) =>
  line
    .split('…')
    .map((part) => part.replace(/^[\s,.:]+|[\s,.:]+$/g, ''))
    .filter((part) => part.length > 1);

test.each(lines)('the code writes "%s"', (line) => {
  expect(partsOf(line).filter((part) => !source.includes(part))).toEqual([]);
});
